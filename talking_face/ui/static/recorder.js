// Records what a person says, in the format the browser has for it, and hands it over as a file is. Levels are shown,
// the time is counted, and at the limit it stops by itself. The page's Stop button ends it, too.
const button = element.querySelector('button'), meter = element.querySelector('meter'), time = element.querySelector('output')
const TYPES = ['audio/webm;codecs=opus', 'audio/mp4', 'audio/webm', 'audio/ogg;codecs=opus']
let recorder = null

const clock = seconds => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`

const give = async (where, file) => {  // as if it had been chosen there, once that is on the page
    const find = () => document.querySelector(`input[type=file]:has(+ ${where})`), files = new DataTransfer()
    while (!find()) await new Promise(done => setTimeout(done, 50))
    const input = find()
    files.items.add(file)
    input.files = files.files
    input.dispatchEvent(new Event('change', { bubbles: true }))
}

const watchLevel = stream => {
    const audio = new AudioContext(), analyser = audio.createAnalyser(), started = performance.now()
    const samples = new Float32Array(analyser.fftSize)
    audio.createMediaStreamSource(stream).connect(analyser)
    const timer = setInterval(() => {
        analyser.getFloatTimeDomainData(samples)
        meter.value = Math.max(0, 1 + Math.log10(Math.hypot(...samples) / Math.sqrt(samples.length) + 1e-6) / 3)
        document.querySelector('#bar').style.setProperty('--level', meter.value)
        const seconds = (performance.now() - started) / 1000
        time.textContent = document.querySelector('#bar').dataset.recording = `${clock(seconds)} / ${clock(props.limit)}`
        if (seconds >= props.limit - 0.1) stop()
    }, 60)
    return () => (clearInterval(timer), audio.close())
}

const stop = () => recorder?.state === 'recording' && recorder.stop()

const start = async () => {
    window.player.stop()
    let stream
    try {
        stream = await navigator.mediaDevices.getUserMedia({ audio: true })
    } catch {
        Object.assign(time, { textContent: props.refused, ariaLive: 'assertive' })
        element.scrollIntoView({ block: 'center' })  // there a file can be chosen, too
        return
    }
    const pieces = [], type = TYPES.find(type => MediaRecorder.isTypeSupported(type))
    const done = watchLevel(stream)
    recorder = new MediaRecorder(stream, { mimeType: type })
    recorder.ondataavailable = event => pieces.push(event.data)
    recorder.onstop = () => {
        done()
        stream.getTracks().forEach(track => track.stop())
        element.classList.remove('recording')
        delete document.querySelector('#bar').dataset.recording
        button.textContent = props.again
        window.recorder.fresh = true
        give('#any-recording', new File(pieces, `recording.${type.split(/[/;]/)[1]}`, { type }))
    }
    recorder.start(1000)
    element.classList.add('recording')
    button.textContent = props.ending
}

button.addEventListener('click', () => recorder?.state === 'recording' ? stop() : start())
document.addEventListener('click', event => event.target.closest?.('#stop') && stop(), true)

// Files that Gradio's own fields would refuse go another way: HEIC, videos, any sound.
const WAYS = { '#photo': '#any-photo', '#smile': '#any-smile', '#voice': '#any-recording' }
const away = (event, files) => {
    const from = Object.keys(WAYS).find(place => event.target.closest?.(place))
    if (!from || !files?.length || event.target.closest('[data-testid=webcam-video]')) return
    event.preventDefault()
    event.stopImmediatePropagation()
    window.recorder.fresh = false
    give(WAYS[from], files[0])
    if (event.type === 'change') event.target.value = ''  // the same file may be chosen again
}
window.addEventListener('change', event => event.target.type === 'file' && away(event, event.target.files), true)
window.addEventListener('drop', event => away(event, event.dataTransfer?.files), true)
const accept = () => {
    document.querySelectorAll(':is(#photo, #smile) input[type=file]').forEach(input =>
        input.setAttribute('accept', 'image/*,video/*,.heic,.heif'))
    document.querySelector('#voice input[type=file]')?.setAttribute('accept', 'audio/*,video/*,.caf,.amr,.opus')
}
accept()
new MutationObserver(accept).observe(document.body, { childList: true, subtree: true })

window.recorder = {
    fresh: false,
    start,
    give,
    // What has just been recorded is spoken at once, where there is a face and nothing is wrong with it.
    go(photo, note) {
        const ready = window.recorder.fresh && photo && note.includes('✅')
        window.recorder.fresh = false
        if (ready) document.querySelector('#go').click()
    },
}
