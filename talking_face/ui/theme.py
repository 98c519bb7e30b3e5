"""How the page looks. Everything comes from the server itself: no web fonts, no content networks."""

import gradio as gr

PHOTO_HEIGHT = 300  # pixels
PREVIEW_HEIGHT = "clamp(180px, 24vw, 300px)"  # lower than the photo on phones, where it comes below
VIDEO_HEIGHT = "clamp(320px, 40vw, 520px)"

FONT = gr.themes.LocalFont("IBM Plex Sans", (400, 700)), "system-ui", "sans-serif"  # comes with Gradio
# Gradio's own colours for accents and for text of less weight are too faint to read for some.
THEME = gr.themes.Default(primary_hue="indigo", secondary_hue="indigo", neutral_hue="slate", font=FONT).set(
    color_accent="*primary_600",
    button_primary_background_fill="*primary_600",
    button_primary_background_fill_hover="*primary_700",
    button_primary_background_fill_dark="*primary_600",
    body_text_color_subdued="*neutral_600",
    body_text_color_subdued_dark="*neutral_300",
    input_border_width="1px",
    block_info_text_color="*neutral_600",
    block_info_text_color_dark="*neutral_300",
)
CSS = """
.dark { --color-accent: var(--primary-300) }
:is(#voice, #compare-voice) :is(time, button), .or, .show-api { color: var(--body-text-color-subdued) !important }
/* Keep room for the recording's player, so that nothing moves when it appears. */
#voice, #voice .audio-container { display: flex; flex-direction: column; flex: 1 }
#voice { min-height: 223px }
#voice > label { align-self: start }
#voice .component-wrapper { flex: 1 }
@media (max-width: 640px) { #voice { min-height: 252px } #photo-note { min-height: 4.6em } }
/* The box beside the slider sets the same number, and can be left empty. */
#intensity .tab-like-container, #liveliness .tab-like-container { display: none }
/* Where the face should be, over the camera's picture. */
#photo :has(> [data-testid=webcam-video]) { position: relative }
#photo :has(> [data-testid=webcam-video])::after {
    content: ""; position: absolute; top: 8%; left: 50%; height: 74%; aspect-ratio: 3 / 4; translate: -50%;
    border: 2px dashed white; border-radius: 50%; filter: drop-shadow(0 0 2px black); pointer-events: none
}
/* The place in the queue, which Gradio gives no height in so low a box. */
#status .wrap.minimal { height: auto; overflow: visible; background: none }
#status .wrap.minimal .progress-text { top: 0; padding: 0; transform: none }
/* Room for the colours' names, which the plot does not count as its own. */
#compare-curves { padding-bottom: 52px !important }
/* Gradio lets a picture be higher than its frame, which cuts it off. */
#wipe img { max-height: 100% !important }
:is(#compare-table, #published) :is(th, td) { padding: 6px 8px; word-break: normal; overflow-wrap: normal }
@media (max-width: 640px) { :is(#compare-table, #published) :is(th, td) { padding: 4px; font-size: 11px } }
/* It stands beside the only link. */
footer .divider { display: none }
"""
# Names that Gradio's page elements lack, for screen readers.
NAMES = """() => {
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
}"""
