//go:build unix

package browser

import (
	"strings"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// keys are those that write nothing, by their names.
var keys = map[string]string{
	"Tab": kb.Tab, "Enter": kb.Enter, "Escape": kb.Escape, "Space": " ", "Backspace": kb.Backspace, "Delete": kb.Delete,
	"ArrowUp": kb.ArrowUp, "ArrowDown": kb.ArrowDown, "ArrowLeft": kb.ArrowLeft, "ArrowRight": kb.ArrowRight,
	"Home": kb.Home, "End": kb.End, "PageUp": kb.PageUp, "PageDown": kb.PageDown, "F1": kb.F1,
}

// modifiers are the keys that are held.
var modifiers = map[string]chromedp.Modifier{
	"Shift": chromedp.ModifierShift, "Control": chromedp.ModifierCtrl, "Alt": chromedp.ModifierAlt, "Meta": chromedp.ModifierMeta,
}

// Press presses keys one after another: "Tab", "Enter", "Escape", "Space", "ArrowDown", …, or one that writes a character;
// "Shift+Tab" holds Shift meanwhile.
func (b *Browser) Press(names ...string) {
	b.t.Helper()
	ctx, cancel := b.deadline()
	defer cancel()
	for _, name := range names {
		held, key := chromedp.ModifierNone, name
		for before, after, ok := strings.Cut(key, "+"); ok && before != ""; before, after, ok = strings.Cut(key, "+") {
			modifier, known := modifiers[before]
			if !known {
				b.fatalf("press %q: there is no key %q to hold", name, before)
			}
			held, key = held|modifier, after
		}
		text, ok := keys[key]
		if !ok {
			if text = key; len(key) != 1 || !printable(key) {
				b.fatalf("press %q: there is no such key", name)
			}
		}
		if err := chromedp.Do(ctx, chromedp.KeyEvent(text, chromedp.KeyModifiers(held))); err != nil {
			b.fatalf("press %q: %v", name, err)
		}
		b.settle()
	}
}
