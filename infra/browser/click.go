//go:build unix

package browser

import (
	"context"
	"fmt"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// clickable says whether an element is one to click.
const clickable = `function() {
	return this.nodeType === 1 && this.matches(
		'a[href], button, summary, input, select, textarea, [role=button], [role=link], [role=tab], [role^=menuitem], ' +
		'[role=checkbox], [role=radio], [role=switch], [role=option], [role=treeitem]')
}`

// place scrolls to an element and says where to click it, or why a person could not.
const place = `function() {
	if (!this.isConnected) return {no: 'it is gone'}
	this.scrollIntoView({block: 'center', inline: 'center', behavior: 'instant'})
	if (this.matches(':disabled') || this.ariaDisabled === 'true') return {no: 'it is disabled'}
	const box = Array.from(this.getClientRects()).find(r => r.width > 0 && r.height > 0)
	if (!box) return {no: 'it is not shown'}
	const x = box.x + box.width / 2, y = box.y + box.height / 2
	const top = document.elementFromPoint(x, y)
	if (!top) return {no: 'it is outside of the window'}
	const labels = Array.from(this.labels || [])
	if (!this.contains(top) && !labels.some(l => l.contains(top))) return {no: 'it is covered by ' + top.cloneNode().outerHTML}
	return {x, y}
}`

type point struct {
	X, Y float64
	No   string
}

// Click clicks the middle of what has an accessible name, or of what a selector matches, once it is shown, enabled, at
// rest and covered by nothing. When that leads to another page, it returns when that has been loaded.
func (b *Browser) Click(target string) {
	b.t.Helper()
	var last point
	b.until(fmt.Sprintf("click %q", target), func(ctx context.Context) (string, error) {
		id, no, err := b.one(ctx, target, clickable)
		if no != "" || err != nil {
			return no, err
		}
		at, err := locate(ctx, id)
		if at.No != "" || err != nil {
			return at.No, err
		}
		if at != last { // it may be moving
			last = at
			return "it moves", nil
		}
		return "", nil
	})
	ctx, cancel := b.deadline()
	defer cancel()
	err := chromedp.Do(ctx, chromedp.MouseEvent(chromedp.MouseMoved, last.X, last.Y), chromedp.MouseClickXY(last.X, last.Y))
	if err != nil {
		b.fatalf("click %q: %v", target, err)
	}
	b.settle()
}

func locate(ctx context.Context, id runtime.RemoteObjectID) (point, error) {
	at, err := chromedp.Run(ctx, chromedp.CallFunctionOn[point](place, on(id)))
	if err != nil {
		return point{}, fmt.Errorf("ask where it is: %w", err)
	}
	return at, nil
}
