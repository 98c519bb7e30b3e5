// The page speaks English; this puts its texts into the visitor's language as they appear. See languages/__init__.py.
{
    const NAMES = ['placeholder', 'title', 'aria-label', 'alt']  // attributes that people read or hear
    const KEPT = '[translate=no], .english, script, style, select, textarea, code, #compare-curves path'
    const SIGN = /^(?:(?:\p{Extended_Pictographic}\uFE0F?|[●·|])\s*)+/u
    const ENDS = /[.!?…]\s/
    const known = code => code === 'en' || code in CATALOGUES
    const wished = navigator.languages.map(language => language.slice(0, 2))
    let chosen = localStorage.getItem('language') ?? wished.find(known)
    if (!known(chosen)) chosen = 'en'
    const home = wished.find(known) ?? 'en'  // in which Gradio puts its own words from the start

    let words = new Map(), patterns = [], ready = false
    const origins = new Map()  // Gradio's words at home -> English
    const english = new WeakMap()  // node -> { name of attribute or '' -> { said, shown } }
    const missing = window.untranslated = new Set()

    const escaped = text => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    const read = async code => code === 'en' ? {} : (await fetch(CATALOGUES[code])).json()
    const load = async () => {
        const catalogue = await read(chosen)
        if (home !== 'en' && !origins.size)
            for (const [text, there] of Object.entries(home === chosen ? catalogue : await read(home)))
                origins.set(there, text)
        words = new Map(Object.entries(catalogue))
        patterns = Object.keys(catalogue).filter(text => text.includes('{}')).map(text =>
            [new RegExp(`^${text.split('{}').map(escaped).join('(.+?)')}$`, 'su'), catalogue[text]])
        patterns.sort(([a], [b]) => b.source.length - a.source.length)
        missing.clear()
        ready = true
    }

    const filled = (pattern, found) => {
        let next = 0
        return pattern.replace(/\{(\d*)\}/g, (_, number) => {
            const part = found[number ? +number : ++next]
            return whole(part) ?? part
        })
    }
    // The translation of a text that is one message, with or without a sign before it; undefined where there is none.
    // Where there may be several, no sentence but the last ends in what is filled in.
    const whole = (text, one) => {
        if (words.has(text)) return words.get(text)
        const sign = text.match(SIGN)?.[0]
        if (sign) {
            const rest = whole(text.slice(sign.length), one)
            return rest && sign + rest
        }
        for (const [pattern, translation] of patterns) {
            const found = text.match(pattern)
            if (found && !(one && found.slice(1).some(part => ENDS.test(part)))) return filled(translation, found)
        }
    }
    // The same of several messages in a row.
    const several = text => {
        const found = whole(text, true)
        if (found !== undefined) return found
        const parts = text.split(/(?<=[.!?:…)])\s+/)
        if (!parts[1]) return whole(text)
        for (let end = parts.length - 1; end > 0; end--) {
            const first = whole(parts.slice(0, end).join(' '))
            const rest = first !== undefined && several(parts.slice(end).join(' '))
            if (rest) return `${first} ${rest}`
        }
        return whole(text)
    }
    const translated = text => {
        const [, before, core, after] = text.match(/^(\s*)(.*?)(\s*)$/s)
        if (!/\p{L}{2}/u.test(core)) return text
        const plain = core.replace(/\s+/g, ' '), said = origins.get(plain) ?? plain
        const found = chosen === 'en' ? said : several(said)
        if (found === undefined) missing.add(core)
        return before + (found ?? core) + after
    }

    const put = (node, name, now, set) => {
        if (!now) return
        const all = english.get(node) ?? english.set(node, {}).get(node)
        if (all[name]?.shown !== now) all[name] = { said: now }
        const shown = translated(all[name].said)
        all[name].shown = shown
        if (shown !== now) set(shown)
    }
    const onText = node =>
        !node.parentElement?.closest(KEPT) && put(node, '', node.data, text => node.data = text)
    const onElement = element => {
        if (element.id === 'language') element.value = chosen
        if (element.ariaLabel) element.dataset.name ??= element.ariaLabel  // by which scripts know it in any language
        if (element.closest(KEPT)) return
        for (const name of NAMES)
            if (element.hasAttribute(name))
                put(element, name, element.getAttribute(name), text => element.setAttribute(name, text))
    }
    const onTree = root => {
        if (root.nodeType === Node.TEXT_NODE) return onText(root)
        if (root.nodeType !== Node.ELEMENT_NODE) return
        const walker = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT)
        for (let node = root; node; node = walker.nextNode())
            node.nodeType === Node.TEXT_NODE ? onText(node) : onElement(node)
    }
    const onAll = () => {
        Object.assign(document.documentElement, { lang: chosen, dir: chosen === 'ar' ? 'rtl' : 'ltr' })
        document.documentElement.dataset.language = chosen
        onTree(document.documentElement)
    }
    new MutationObserver(changes => ready && changes.forEach(({ type, target, addedNodes, attributeName: name }) => {
        if (type === 'childList') addedNodes.forEach(onTree)
        else if (type === 'characterData') onText(target)
        else onElement(target)
    })).observe(document, { subtree: true, childList: true, characterData: true, attributeFilter: NAMES })

    load().then(onAll)
    document.addEventListener('change', async ({ target }) => {
        if (target.id !== 'language') return
        chosen = target.value
        localStorage.setItem('language', chosen)
        await load()
        onAll()
    })
}
