// A photo, another one in one step, and a part of the one that is there; see photo_tools.py.
const CAMERA = '[data-name="Capture from camera"]', ASK = '[data-testid=webcam-video] ~ div[title] button'
const LEAST = 0.1, STEP = 0.02  // of the picture: a frame's sides at least, and how far a key moves it
const touch = matchMedia('(pointer: coarse)').matches
const dialog = element.querySelector('dialog'), picture = dialog.querySelector('img')
const frame = dialog.querySelector('.frame')
let box = [0, 0, 1, 1], byCamera = false  // left, top, right, bottom, of the picture; how the last photo came

const refused = element.querySelector('.refused')
const openCamera = () => document.querySelector(`#photo ${CAMERA}`)?.click()
const choose = () => document.querySelector('input[type=file]:has(+ #any-photo)').click()

document.addEventListener('click', async event => {
    if (event.target.closest?.('#photo [data-name="capture photo"]')) byCamera = true
    if (event.target.closest?.('#photo button')) refused.textContent = ''
    if (!event.target.closest?.(CAMERA)) return
    for (let tries = 0; tries < 800; tries++) {  // who wants the camera need not say so twice: the browser asks
        await new Promise(done => setTimeout(done, 25))
        const ask = document.querySelector(ASK)
        if (ask) return ask.click()
    }
}, true)
document.addEventListener('change', event => { if (event.target.type === 'file') byCamera = false }, true)
// Gradio says nothing of a camera that is not allowed or not there: say it, and let a photo be chosen.
window.addEventListener('unhandledrejection', event => {
    if (!(event.reason instanceof DOMException) || !document.querySelector(ASK)) return
    event.preventDefault()
    document.querySelector('#photo [data-name="Upload file"]')?.click()
    refused.textContent = props.refused
})

const within = (value, least, most) => Math.min(Math.max(value, least), most)
const show = now => {
    box = now
    const [left, top, right, bottom] = box
    frame.style.inset = [top, 1 - right, 1 - bottom, left].map(part => `${100 * part}%`).join(' ')
}
// Move the frame, or one of its corners ("nw"), as far as the picture reaches.
const change = ([left, top, right, bottom], x, y, corner) => {
    if (!corner) {
        x = within(x, -left, 1 - right)
        y = within(y, -top, 1 - bottom)
        return show([left + x, top + y, right + x, bottom + y])
    }
    if (corner[1] === 'w') left = within(left + x, 0, right - LEAST)
    else right = within(right + x, left + LEAST, 1)
    if (corner[0] === 'n') top = within(top + y, 0, bottom - LEAST)
    else bottom = within(bottom + y, top + LEAST, 1)
    show([left, top, right, bottom])
}
frame.addEventListener('pointerdown', down => {
    const before = box, { width, height } = picture.getBoundingClientRect(), corner = down.target.className
    const move = ({ clientX, clientY }) => change(before, (clientX - down.clientX) / width,
        (clientY - down.clientY) / height, corner === 'frame' ? '' : corner)
    frame.setPointerCapture(down.pointerId)
    frame.addEventListener('pointermove', move)
    frame.addEventListener('lostpointercapture', () => frame.removeEventListener('pointermove', move), { once: true })
})
frame.addEventListener('keydown', event => {
    const [x, y] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? []
    if (x === undefined) return
    event.preventDefault()
    change(box, STEP * x, STEP * y, event.shiftKey ? 'se' : '')
})

element.querySelector('.another').addEventListener('click', () => byCamera && !touch ? openCamera() : choose())
element.querySelector('.crop').addEventListener('click', () => {
    picture.src = document.querySelector('#photo img').src
    show([0.1, 0.1, 0.9, 0.9])
    dialog.showModal()
    frame.focus()
})
dialog.addEventListener('close', () => {
    const [left, top, right, bottom] = box, { naturalWidth: width, naturalHeight: height } = picture
    if (dialog.returnValue !== 'keep') return
    dialog.returnValue = ''
    const canvas = document.createElement('canvas')
    canvas.width = Math.round(width * (right - left))
    canvas.height = Math.round(height * (bottom - top))
    canvas.getContext('2d').drawImage(picture, -left * width, -top * height)
    canvas.toBlob(part => window.recorder.give('#any-photo', new File([part], 'part.jpg', { type: part.type })),
        'image/jpeg', 0.95)
})

window.photo = { take: () => touch || document.querySelector('#photo img') ? choose() : openCamera() }
