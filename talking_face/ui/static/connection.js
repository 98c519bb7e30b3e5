// Says when the server or the network is lost, and gives photo, recording and settings back once it is there again.
// Gradio loads the page anew then, since the server knows it no longer; what was given is kept in the browser meanwhile.
{
    const EVERY = 1000, PATIENCE = 2000, TRIES = 2  // ms, ms, answers that may be late in a row
    const STORE = 'talking-face-given'
    const PLACES = { photo: '#photo img', voice: '#voice audio' }
    const SETTINGS = '#emotion input:checked, :is(#intensity, #liveliness) input[type=range], #typed-text textarea'
    const given = {}  // place -> { address, file }
    let late = 0, server = null, lost = false, making = false

    const find = (place, inside = document) => inside.querySelector(place)
    const wait = (place, milliseconds = 20000) => new Promise(done => {
        const end = performance.now() + milliseconds
        const look = () => find(place) || performance.now() > end ? done(find(place)) : setTimeout(look, 100)
        look()
    })

    // As soon as something is given, a copy stays here.
    const remember = async () => {
        for (const [name, place] of Object.entries(PLACES)) {
            const address = find(place)?.currentSrc || find(place)?.src
            if (!address) delete given[name]
            else if (address !== given[name]?.address) {
                given[name] = { address }
                try {
                    const blob = await (await fetch(address)).blob()
                    const kind = new URL(address).pathname.split('.').pop()
                    given[name].file = new File([blob], `${name}.${kind}`, { type: blob.type })
                } catch {
                    delete given[name]  // to be tried again
                }
            }
        }
    }
    for (const shown of ['load', 'loadedmetadata']) addEventListener(shown, () => lost || remember(), true)
    const settings = () => [...document.querySelectorAll(SETTINGS)].map(input => [
        input.type === 'radio' ? `#emotion input[value="${input.value}"]` :
            `#${input.closest('#intensity, #liveliness, #typed-text').id} ${input.localName}${input.type === 'range' ? '[type=range]' : ''}`,
        input.type === 'radio' ? null : input.value])
    const keep = again => {
        sessionStorage.setItem(STORE, JSON.stringify({ again, settings: settings() }))
        return Promise.all(Object.entries(given).map(async ([name, { file }]) =>
            file && (await caches.open(STORE)).put(`/${file.name}`, new Response(file, { headers: { 'Content-Type': file.type } }))))
    }
    const forget = async () => {
        sessionStorage.removeItem(STORE)
        await caches.delete(STORE)
    }

    const put = (input, file) => {
        const files = new DataTransfer()
        files.items.add(file)
        input.files = files.files
        input.dispatchEvent(new Event('change', { bubbles: true }))
    }
    const set = (input, value) => {
        if (value === null) return input.click()
        Object.getOwnPropertyDescriptor(Object.getPrototypeOf(input), 'value').set.call(input, value)
        for (const event of ['input', 'change', 'pointerup']) input.dispatchEvent(new Event(event, { bubbles: true }))
    }
    const restore = async () => {
        const kept = JSON.parse(sessionStorage.getItem(STORE) ?? 'null')
        if (!kept) return
        const cache = await caches.open(STORE)
        const files = await Promise.all((await cache.keys()).map(async request => {
            const answer = await cache.match(request), name = new URL(request.url).pathname.slice(1)
            return new File([await answer.blob()], name, { type: answer.headers.get('Content-Type') })
        }))
        await forget()
        for (const [place, value] of kept.settings) set(await wait(place, 3000) ?? document.createElement('input'), value)
        for (const file of files) put(await wait(`#${file.name.split('.')[0]} input[type=file]`), file)
        if (!kept.again) return
        while (!['#photo-note', '#voice-note'].every(note => find(note)?.textContent.includes('✅')))
            await new Promise(done => setTimeout(done, 200))
        find('#go').click()
    }

    const banner = Object.assign(document.createElement('div'), { id: 'lost', role: 'alert', hidden: true })
    const words = document.createElement('p'), again = document.createElement('button')
    banner.append(words, again)
    const say = text => {
        if (words.textContent !== text) words.textContent = text
        banner.hidden = false
    }
    const lose = () => {
        if (lost) return
        lost = true
        making = !!find('#status')?.textContent.includes('…') || !!find('#status .wrap:not(.hide)')
        keep(false)
        say('The connection is lost. Nothing you gave is lost with it.')
    }
    const find_server = async () => {  // its name, which a new start changes
        const answer = await fetch('gradio_api/app_id', { cache: 'no-store', signal: AbortSignal.timeout(PATIENCE) })
        return (await answer.json()).app_id
    }
    const back = async name => {
        late = 0
        if (name !== (server ??= name)) return location.reload()  // it has started anew and knows none of this
        if (!lost) return remember()
        lost = false
        banner.hidden = true
        await forget()
    }
    const check = async () => {
        try {
            await back(await find_server())
        } catch (error) {
            if (error.name !== 'TimeoutError' || ++late >= TRIES) lose()
        }
        setTimeout(check, EVERY)
    }
    again.addEventListener('click', async () => {
        say('Trying …')
        await keep(making)
        try {
            await find_server()
            location.reload()
        } catch {
            say('Still no answer: please try again in a moment.')
        }
    })
    addEventListener('offline', lose)
    wait('#photo input[type=file]', 60000).then(() => {
        again.textContent = 'Try again'
        document.body.append(banner)
        restore()
        check()
    })
}
