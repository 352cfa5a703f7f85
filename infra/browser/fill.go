//go:build unix

package browser

import (
	"context"
	"fmt"
	"strings"

	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// field says whether an element is one to fill in.
const field = `function() { return this.nodeType === 1 && this.matches('input, select, textarea, [contenteditable]') }`

// fileField stands for a field to attach a file to.
const fileField = "file"

// prepare says how a field is filled in, or why it cannot be; it fills in what is chosen rather than typed.
const prepare = `function(value = '') { // an empty argument is not sent
	if (this.matches(':disabled') || this.readOnly) return {no: 'it is disabled or read-only'}
	if (!this.checkVisibility()) return {no: 'it is not shown'}
	const changed = () => {
		this.dispatchEvent(new Event('input', {bubbles: true}))
		this.dispatchEvent(new Event('change', {bubbles: true}))
		return {done: true}
	}
	if (this.tagName === 'SELECT') {
		const options = Array.from(this.options), chosen = options.filter(o => o.label.trim() === value)
		if (chosen.length !== 1) return {no: 'it offers ' + options.map(o => JSON.stringify(o.label.trim())).join(', ')}
		chosen[0].selected = true
		return changed()
	}
	if (['checkbox', 'radio', 'button', 'submit', 'file'].includes(this.type)) return {no: 'nothing can be written into it'}
	if (['date', 'datetime-local', 'month', 'week', 'time', 'color', 'range'].includes(this.type)) {
		this.value = value
		return this.value === value ? changed() : {no: 'it does not take ' + value}
	}
	return {}
}`

// A filling is what prepare returns: why a field cannot be filled in, or whether it has been.
type filling struct {
	No   string
	Done bool
}

const (
	selectAll = `function() { this.select ? this.select() : getSelection().selectAllChildren(this) }`
	content   = `function() { return this.value ?? this.innerText }`
	typedUpTo = 100 // bytes; a longer text is pasted, as a person would
)

// Fill replaces what is in the field that has an accessible name (its label), or that a selector matches. A choice of a
// select is named as it is shown, and a date is written as HTML has it (2026-01-31).
func (b *Browser) Fill(label, value string) {
	b.t.Helper()
	var how filling
	var id runtime.RemoteObjectID
	doing := fmt.Sprintf("fill in %q", label)
	b.until(doing, func(ctx context.Context) (no string, err error) {
		if id, no, err = b.one(ctx, label, field); no != "" || err != nil {
			return no, err
		}
		if how, err = chromedp.Run(ctx, chromedp.CallFunctionOn[filling](prepare, on(id), value)); err != nil {
			return "", fmt.Errorf("ask how: %w", err)
		}
		return how.No, nil
	})
	if !how.Done {
		b.write(doing, id, value)
	}
	b.settle()
}

// write replaces a text by typing, and sees that the field has it then.
func (b *Browser) write(doing string, id runtime.RemoteObjectID, value string) {
	b.t.Helper()
	ctx, cancel := b.deadline()
	defer cancel()
	steps := []chromedp.Action[chromedp.Void]{
		chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
			_, err := chromedp.Call(ctx, dom.Focus, dom.FocusParams{ObjectID: id})
			return err
		}),
		chromedp.CallFunctionOn[chromedp.Void](selectAll, on(id)),
	}
	switch {
	case value == "":
		steps = append(steps, chromedp.KeyEvent(kb.Delete))
	case len(value) <= typedUpTo && printable(value):
		steps = append(steps, chromedp.KeyEvent(value))
	default:
		steps = append(steps, chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
			_, err := chromedp.Call(ctx, input.InsertText, input.InsertTextParams{Text: value})
			return err
		}))
	}
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.fatalf("%s: %v", doing, err)
	}
	got, err := chromedp.Run(ctx, chromedp.CallFunctionOn[string](content, on(id)))
	if err != nil {
		b.fatalf("%s: %v", doing, err)
	}
	if strings.TrimRight(got, "\n") != strings.TrimRight(strings.ReplaceAll(value, "\r\n", "\n"), "\n") {
		b.fatalf("%s: it has %q after %q was written into it", doing, got, value)
	}
}

// printable reports whether a text is one that keys write: others have no key, or stand for a key such as an arrow.
func printable(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' })
}

// Attach chooses files, by their paths, in the file field that has a label or that a selector matches.
func (b *Browser) Attach(label string, paths ...string) {
	b.t.Helper()
	b.until(fmt.Sprintf("attach to %q", label), func(ctx context.Context) (string, error) {
		id, no, err := b.one(ctx, label, fileField)
		if no != "" || err != nil {
			return no, err
		}
		_, err = chromedp.Call(ctx, dom.SetFileInputFiles, dom.SetFileInputFilesParams{Files: paths, ObjectID: id})
		return "", err
	})
	b.settle()
}
