// Names that Gradio's page elements lack, for screen readers; and what is on a tab that is left falls silent.
() => {
    const heard = '#video video, #compare-video video'
    const look = video => {
        const hidden = !video.getClientRects().length
        if (hidden && !video.paused) {
            video.dataset.left = true
            video.pause()
        } else if (!hidden && video.dataset.left) {
            delete video.dataset.left
            video.play().catch(() => {})
        }
    }
    const sizes = new ResizeObserver(entries => entries.forEach(({ target }) => look(target)))
    document.addEventListener('play', ({ target }) => {
        if (!target.matches(heard)) return
        sizes.observe(target)
        look(target)
    }, true)
    let labels = 0
    const name = () => {
        const good = note => document.querySelector(note)?.textContent.includes('✅')
        const bar = document.querySelector('#bar')
        if (bar) bar.dataset.step = good('#photo-note') ? good('#voice-note') ? 'talk' : 'voice' : 'photo'
        document.querySelectorAll(':is(#intensity, #liveliness) input[type=number]:not([readonly])').forEach(input =>
            Object.assign(input, { readOnly: true, tabIndex: -1 }))
        document.querySelectorAll('.empty[aria-label]:not([role])').forEach(element => element.role = 'img')
        for (const faces of ['#faces', '#compare-faces'])
            document.querySelectorAll(`${faces} .gallery-item:not([aria-label])`).forEach((element, index) =>
                element.ariaLabel = `Example face ${index + 1}`)
        document.querySelectorAll('#compare-clips .gallery-item:not([aria-label])').forEach(element =>
            element.ariaLabel = 'Or this real speaker')
        // One picture, not hundreds of points.
        document.querySelectorAll('#compare-curves svg:not([role=img])').forEach(element =>
            Object.assign(element, { role: 'img', ariaLabel: 'Curves of lip opening and sound' }))
        // Gradio's "processing" says nothing; how many people are before one, "2/3 |", does.
        document.querySelectorAll('.progress-text').forEach(text =>
            text.classList.toggle('queued', /\d+\/\d+\s*\|/.test(text.textContent)))
        document.querySelectorAll('fieldset:not([aria-labelledby])').forEach(element => {
            const label = element.querySelector('[data-testid=block-info]')
            if (!label) return
            label.id ||= `label-${labels++}`
            element.setAttribute('aria-labelledby', label.id)
        })
        // One stop for the tab key, and arrows inside.
        document.querySelectorAll('fieldset input[type=radio]').forEach(input =>
            input.name = input.closest('fieldset').id || input.closest('fieldset').textContent)
        document.querySelectorAll('[id$=note], #status, #compare-status').forEach(note => note.role = 'status')
        // Wider than a phone's screen, they are scrolled, which has to work by keyboard too.
        document.querySelectorAll('#compare-table:not([tabindex]), #published:not([tabindex])').forEach(element =>
            Object.assign(element, { tabIndex: 0, role: 'region', ariaLabel: 'Table of measures' }))
    }
    name()
    // The oval to put one's face in shows once there is a picture behind it.
    document.addEventListener('playing', event => event.target.matches('[data-testid=webcam-video]')
        && event.target.parentElement.classList.add('live'), true)
    new MutationObserver(name).observe(document.body, { childList: true, subtree: true })
}
