// A video that plays while it is being made (Media Source Extensions). What is made anew from the playhead on is laid
// over what was there, in the same player: its place, length and controls stay. See player.py for what `props.value` is.
const stage = element.querySelector('.stage'), video = element.querySelector('video')
const faces = element.querySelector('.faces'), page = document.documentElement
const GAP = 0.1, CAUTION = 1.2  // seconds; how much longer the rest may take than expected
const AGAIN = 1000  // milliseconds
// Seconds at most that the next change begins ahead, which is as far as the last one took, but no video that began anew;
// and seconds after which it is not clear from the first part, which comes by itself, how soon others will.
const LONGEST = 2, SLOW = 1.5
const Source = window.ManagedMediaSource ?? window.MediaSource
let take = null, lead = props.lead, asked = null  // seconds; when a change was asked for, milliseconds
let turn = 0  // milliseconds, too; no two are the same
let current = true  // nothing was given since a video was last asked for
const next = () => turn = Math.max(turn + 1, Date.now())

const after = (target, event) => new Promise(done => target.addEventListener(event, done, { once: true }))
const play = () => {  // but not into what is just being recorded
    if (!document.querySelector('#bar')?.dataset.recording)
        video.play().catch(() => {})  // browsers may want a click first: there are controls
}

const open = shown => {
    const source = new Source()
    const opened = after(source, 'sourceopen')
    Object.assign(video, { muted: false, loop: false, disableRemotePlayback: true, src: URL.createObjectURL(source) })
    return opened.then(() => {
        const buffer = source.addSourceBuffer(shown.type)
        source.duration = shown.seconds
        return { source, buffer }
    })
}

const change = (buffer, action) => {
    const changed = after(buffer, 'updateend')
    action(buffer)
    return changed
}

// Where what can be played without a pause ends, seconds; parts may lie a little apart.
const playable = () => {
    let end = video.currentTime
    for (let i = 0; i < video.buffered.length; i++)
        if (video.buffered.start(i) < end + GAP) end = Math.max(end, video.buffered.end(i))
    return end
}

// Whether the rest arrives in time, if a second of it goes on taking as long as one has taken so far.
const inTime = mine => {
    const end = playable(), rest = mine.shown.seconds - end
    const each = (performance.now() - mine.began) / 1000 / mine.seconds
    return rest < GAP || rest * (CAUTION * each - 1) <= end - video.currentTime
}

const isHere = ({ shown, done, cut }) => (shown.whole || cut) && done === shown.parts.length

// Wait, with a sign that it does, until the rest arrives in time: once, and not again and again.
const hold = mine => {
    if (mine.stopped) return
    mine.held = !isHere(mine) && (mine.unsure && mine.done < 2 || !inTime(mine))
    mine.held ? video.pause() : play()
    if (mine.held) stage.classList.add('waits')
}

// Put the parts that have come where they belong; `mine` is no longer `take` once another one is shown.
const bring = async (mine, { buffer, source }) => {
    while (mine === take && mine.shown.parts.length > mine.done) {
        const part = mine.shown.parts[mine.done], end = part.start + part.seconds
        mine.began ??= performance.now()
        const data = part.data ? Uint8Array.from(atob(part.data), letter => letter.charCodeAt()) :
            await (await fetch(part.file.url)).arrayBuffer()
        if (mine !== take) return
        const { start } = part, again = mine.done > 0
        if (!again && mine.over && end < source.duration) await change(buffer, buffer => buffer.remove(end, Infinity))
        buffer.timestampOffset = part.offset
        await change(buffer, buffer => buffer.appendBuffer(data))
        if (source.duration < mine.shown.seconds) source.duration = mine.shown.seconds  // the one before was cut
        mine.seconds += part.seconds
        mine.done++
        if (again) {
            if (mine.held) hold(mine)
            continue
        }
        const took = asked ? (performance.now() - asked) / 1000 : 0
        if (asked && mine.over) lead = Math.min(Math.max(props.lead, took), LONGEST)
        asked = null
        mine.unsure = took > SLOW
        Object.assign(video.dataset, { take: mine.shown.id, first: start })
        if (mine.over ? video.currentTime >= start : video.currentTime < start) video.currentTime = start + 0.001
        hold(mine)
    }
}

// Show what has come, and what comes meanwhile; where the network is lost, it is tried again.
const fill = async mine => {
    if (mine.filling) return
    mine.filling = true
    const media = await mine.media
    await bring(mine, media).catch(() => new Promise(done => setTimeout(done, AGAIN)))
    mine.filling = false
    if (mine !== take) return
    if (mine.held) hold(mine)
    if (mine.shown.parts.length > mine.done) fill(mine)
    else if (isHere(mine) && media.source.readyState === 'open') media.source.endOfStream()
}

// Typed words show as they are spoken; who wants none turns them off among the player's controls.
const caption = captions => {
    let [track] = video.textTracks
    if (!track && !captions.length) return
    if (!track) {
        track = video.addTextTrack('captions', '', document.documentElement.lang)
        track.mode = 'showing'
    }
    while (track.cues?.length) track.removeCue(track.cues[0])
    for (const cue of captions) track.addCue(new VTTCue(...cue))
}

// Words wrapped to lines of a width, where a language may break them.
const wrapped = (text, paint, width) => {
    const lines = ['']
    for (const { segment } of new Intl.Segmenter(undefined, { granularity: 'word' }).segment(text)) {
        const line = lines.at(-1) + segment
        if (/^[\p{P}\s]+$/u.test(segment) || paint.measureText(line.trim()).width <= width) lines[lines.length - 1] = line
        else lines.push(segment)
    }
    return lines.map(line => line.trim()).filter(line => line)
}
// A sentence as pictures of two lines each, one after the other, to be laid over the lower edge of the video.
const draw = (start, end, text) => {
    const { videoWidth: width, videoHeight: height } = video, canvas = document.createElement('canvas')
    const paint = canvas.getContext('2d'), size = Math.round(Math.min(width / 18, height / 15)), row = 1.3 * size
    const style = { font: `600 ${size}px system-ui, sans-serif`, textAlign: 'center', lineJoin: 'round', fillStyle: 'white',
        direction: /[\u0590-\u08ff]/.test(text) ? 'rtl' : 'ltr', lineWidth: size / 4, strokeStyle: '#000c' }
    Object.assign(paint, style)
    const lines = wrapped(text, paint, 0.86 * width), each = (end - start) / lines.join('').length
    return lines.flatMap((_, first) => first % 2 ? [] : [lines.slice(first, first + 2)]).map(shown => {
        canvas.width = width
        canvas.height = Math.ceil(2 * row + 0.08 * height)  // above the mark in the corner
        Object.assign(paint, style)
        shown.forEach((line, index) => {
            const y = (index + 0.9 + 2 - shown.length) * row
            paint.strokeText(line, width / 2, y)
            paint.fillText(line, width / 2, y)
        })
        const begin = start
        start += each * shown.join('').length
        return [begin, start, canvas.toDataURL()]
    })
}

const showFile = shown => {
    const { paused } = video, place = Math.max(0, video.currentTime - shown.first)
    take = { shown }
    video.dataset.take = shown.hero ? 'hero' : shown.id
    Object.assign(video, { muted: shown.hero, loop: shown.hero, poster: shown.poster?.url ?? '', src: shown.whole.url })
    if (shown.still) video.currentTime = place
    if (!shown.still || !paused) play()
}

const show = shown => {
    if (!shown || shown.id < take?.shown.id) return  // it was on its way when something newer came
    if (shown.id !== take?.shown.id) {
        if (!shown.still) stage.classList.toggle('outdated', !current && !shown.hero)
        page.classList.remove('to-send')
        stage.classList.toggle('hero', !!shown.hero)
        caption(shown.captions)
        faces.replaceChildren(...(shown.six ? [element.querySelector('template').content.cloneNode(true)] : []))
        if (shown.parts.length && Source) {
            const over = !!shown.first && take?.media && take.shown.kind === shown.kind
            take = { shown, done: 0, seconds: 0, over, media: over ? take.media : open(shown) }
        } else if (shown.whole) return showFile(shown)
    }
    if (take?.media && shown.id === take.shown.id) {
        take.shown = shown
        fill(take)
    }
}

const hush = () => document.querySelectorAll('.toast-close').forEach(button => button.click())  // what was wrong before
// Where a video is going to appear is where one looks.
const see = () => {
    hush()
    const { top, bottom } = stage.getBoundingClientRect()
    if (top < 0 || bottom > innerHeight - document.querySelector('#bar').offsetHeight)
        scrollTo({ top: scrollY + top - 8, behavior: 'instant' })
}

const MP4 = { type: 'video/mp4' }
const canShare = navigator.canShare?.({ files: [new File([], 'talking-face.mp4', MP4)] })
page.classList.toggle('can-share', !!canShare)
const fileOf = async url => {
    const answer = await fetch(url)
    if (!answer.ok) throw new Error(answer.status)
    return new File([await answer.blob()], decodeURIComponent(url.split('/').pop()), MP4)
}
let sent = null  // what was last to be shared: of which take, and its file, once it is here

window.player = {
    hush,
    see,
    // Hand the video over to another app, where the browser can, as those of phones do. It wants a touch that is not
    // long ago: where getting the file took too long, another button asks for one, and where it will not, it is saved.
    // With a title, iPhones would send that beside the video, as a text, and apps that take videos alone would not appear.
    async share() {
        const { shown } = take ?? {}, asked = !!shown && sent?.id === shown.id
        if (!shown?.whole || shown.hero || asked && !sent.file) return
        const mine = asked ? sent : sent = { id: shown.id }
        const hand = async () => navigator.share({ files: [mine.file ??= await fileOf(shown.whole.url)] })
        const wrong = await hand().then(() => '', error => error.name)
        if (!mine.file) sent = null
        const again = wrong === 'NotAllowedError' && !asked
        page.classList.toggle('to-send', again)
        if (wrong && wrong !== 'AbortError' && !again) document.querySelector('#save').click()
    },
    // What was typed, as pictures for the file: a browser has the letters of what its person types.
    captions: () => (take?.shown.captions ?? []).flatMap(cue => draw(...cue)),
    // When a video is asked for, milliseconds, and where in the one that is shown it should begin, seconds: there where
    // that one has got to by then, no further than it can be played; or anew, as where none is shown, or it is over.
    ask(anew) {
        if (anew) see()
        asked = performance.now()
        current = true
        const ahead = Math.min(video.currentTime + (video.paused ? 0 : lead), playable())
        return [next(), anew || !take || take.shown.hero || video.ended ? 0 : ahead]
    },
    // Stop, too, has its turn: it comes after what was asked for before, whatever the server hears of first.
    stop() {
        if (take?.shown.hero) return next()
        if (take) Object.assign(take, { held: false, stopped: true, cut: true })  // no more of it is made
        if (take?.media) fill(take)
        video.pause()
        stage.classList.remove('waits')
        return next()
    },
    outdate() {
        if (take?.shown.hero && !asked) return  // nothing was made of anything yet
        current = false
        if (take && !take.shown.hero) stage.classList.add('outdated')
    },
}
for (const event of ['waiting', 'playing', 'pause', 'seeked'])
    video.addEventListener(event, () => stage.classList.toggle('waits', event === 'waiting' && !video.paused || !!take?.held))
video.addEventListener('play', () => {  // by hand, too; it comes late, when somebody may have stopped it again
    if (take && !video.paused) Object.assign(take, { held: false, stopped: false })
})
video.addEventListener('waiting', () => { if (take?.done && !isHere(take)) hold(take) })
faces.addEventListener('click', event =>
    document.querySelector(`#emotion input[value="${event.target.value}"]`)?.click())
element.querySelector('.face').addEventListener('click', () => window.photo.take())
element.querySelector('.words').addEventListener('click', () => {
    if (!document.querySelector('#photo img')) document.querySelectorAll('#faces button, #faces .gallery-item')[1]?.click()
    window.recorder.start()
})
watch('value', () => show(props.value))
show(props.value)
