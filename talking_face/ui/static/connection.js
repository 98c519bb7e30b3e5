// Says when the server or the network is lost, and gives photo, recording and settings back once it is there again.
// Gradio loads the page anew then, since the server knows it no longer, and so does this where another server takes over;
// what was given is kept in the browser meanwhile, and a video that was being made is asked for again. Where a tab is
// loaded anew by hand, the server still has what was given, and the tab remembers where.
{
    const EVERY = 1000, PATIENCE = 2000, TRIES = 2  // ms, ms, answers that may be late in a row
    const RELOAD = 10000  // ms after which Gradio no longer loads the page anew because a connection was lost
    const LATELY = 10000  // ms in which a video was being made that is to be asked for again
    const STORE = 'talking-face-given', TAB = 'talking-face-fields'
    const kept = globalThis.caches  // none where the page comes neither by HTTPS nor from this machine
    // Where files go that were given before, in the order of what `remember` gets first; a smile belongs to a photo.
    const FILES = { photo: '#any-photo', voice: '#any-recording', smile: '#any-smile' }
    const given = {}  // one of their names -> { address, copied, file }
    let late = 0, server = null, lost = false, making = false, restoring = false, leaving = false, forgetting
    let busy = -Infinity, resumed = false  // when a video was last being made; whether it has been asked for again

    const find = (place, inside = document) => inside.querySelector(place)
    const until = (look, milliseconds = 20000) => new Promise(done => {
        const end = performance.now() + milliseconds
        const again = () => look() || performance.now() > end ? done(look()) : setTimeout(again, 100)
        again()
    })
    const wait = (place, milliseconds) => until(() => find(place), milliseconds)

    // As soon as something is given, a copy stays here; what could not be had is tried again while there is a server.
    const copy = async thing => {
        try {
            const blob = await (await fetch(thing.address)).blob()
            const name = decodeURIComponent(new URL(thing.address).pathname.split('/').pop())
            thing.file = new File([blob], name, { type: blob.type })
        } catch {
            thing.copied = null
        }
    }
    const copies = () => Promise.all(Object.values(given).map(thing => thing.copied ??= copy(thing)))
    // Values of the page's fields, and those that this tab had when it was left; files may be gone since.
    const read = store => JSON.parse(sessionStorage.getItem(store) ?? 'null')
    const isThere = address => fetch(address, { method: 'HEAD' }).then(answer => answer.ok, () => false)
    let begun = false  // fields change while they get their first values, too
    window.remember = (...values) => {
        for (const [index, name] of Object.keys(FILES).entries()) {
            const address = values[index]?.url
            if (!address) delete given[name]
            else if (address !== given[name]?.address) given[name] = { address }
        }
        copies()
        if (begun) sessionStorage.setItem(TAB, JSON.stringify(values))
    }
    window.remembered = async (...values) => {
        const then = read(TAB) ?? values, given = !kept || !read(STORE)  // else files are given back below
        const found = await Promise.all(then.map(async value => !value?.url || given && await isThere(value.url) ? value : null))
        begun = true
        return found
    }
    const keep = async again => {
        if (restoring || leaving) return
        clearTimeout(forgetting)
        sessionStorage.setItem(STORE, JSON.stringify({ again }))
        await kept?.delete(STORE)
        const cache = await kept?.open(STORE)
        await Promise.all(Object.entries(given).map(([name, { file }]) => file && cache?.put(
            `/${name}/${encodeURIComponent(file.name)}`, new Response(file, { headers: { 'Content-Type': file.type } }))))
    }
    const forget = async () => {
        sessionStorage.removeItem(STORE)
        await kept?.delete(STORE)
    }

    const restore = async () => {
        const then = read(STORE)
        if (!then) return
        restoring = true
        const cache = await kept?.open(STORE)
        const files = await Promise.all((await cache?.keys() ?? []).map(async request => {
            const answer = await cache.match(request)
            const [name, file] = new URL(request.url).pathname.slice(1).split('/').map(decodeURIComponent)
            return [name, new File([await answer.blob()], file, { type: answer.headers.get('Content-Type') })]
        })).then(Object.fromEntries)
        await until(() => window.recorder)
        for (const name of Object.keys(FILES).filter(name => files[name])) {
            await window.recorder.give(FILES[name], files[name])
            await until(() => given[name], 60000)
        }
        restoring = false
        await forget()  // not before all is there: the page may be loaded twice
        if (!then.again) return
        while (!['#photo-note', '#voice-note'].every(note => find(note)?.textContent.includes('✅')))
            await new Promise(done => setTimeout(done, 200))
        find('#go').click()
        resumed = true
    }

    const banner = Object.assign(document.createElement('div'), { id: 'lost', role: 'alert', hidden: true })
    const words = document.createElement('p'), again = document.createElement('button')
    banner.append(words, again)
    const say = text => {
        if (words.textContent !== text) words.textContent = text
        banner.hidden = false
    }
    const working = () => !!find('#status')?.textContent.includes('…') || !!find('#status .wrap:not(.hide)')
    const asked = () => {  // whether to ask for a video again: once, or what kills a server would kill the next one
        if (working()) busy = performance.now()
        return performance.now() - busy < LATELY && !resumed
    }
    const lose = () => {
        if (lost) return
        lost = true
        making = asked()
        keep(false)
        say('The connection is lost. Nothing you gave is lost with it.')
    }
    const ask = window.fetch
    window.fetch = async (address, options) => {
        const answer = await ask(address, options)
        // Gradio asks this once a connection has broken, and loads the page anew at a good answer.
        if (answer.ok && /\/app_id$/.test(address)) await keep(asked())
        return answer
    }
    const find_server = async () => {  // its name, which a new start changes
        const answer = await ask('gradio_api/app_id', { cache: 'no-store', signal: AbortSignal.timeout(PATIENCE) })
        return (await answer.json()).app_id
    }
    const back = async name => {
        late = 0
        if (name !== (server ??= name)) {  // it has started anew, or is another one, and knows none of this
            if (!lost) await keep(asked())
            return location.reload()
        }
        asked()
        if (!lost) return void copies()
        await copies()
        lost = false
        banner.hidden = true
        forgetting = setTimeout(forget, RELOAD)
    }
    const check = async () => {
        try {
            await back(await find_server())
        } catch (error) {
            if (error.name !== 'TimeoutError' || server && ++late >= TRIES) lose()  // while it starts, it may take long
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
    addEventListener('beforeunload', () => leaving = true)  // what breaks then is not lost
    wait('#photo input[type=file]', 60000).then(() => {
        again.textContent = 'Try again'
        document.body.append(banner)
        restore()
        check()
    })
}
