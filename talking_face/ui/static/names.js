// Names that Gradio's page elements lack, for screen readers.
() => {
    const name = () => {
        document.querySelectorAll('.empty[aria-label]:not([role])').forEach(element => element.role = 'img')
        document.querySelectorAll('#faces .gallery-item:not([aria-label])').forEach((element, index) =>
            element.ariaLabel = `Example face ${index + 1}`)
        // Wider than a phone's screen, they are scrolled, which has to work by keyboard too.
        document.querySelectorAll('#compare-table:not([tabindex]), #published:not([tabindex])').forEach(element =>
            Object.assign(element, { tabIndex: 0, role: 'region', ariaLabel: 'Table of measures' }))
    }
    name()
    new MutationObserver(name).observe(document.body, { childList: true, subtree: true })
}
