//go:build unix

package browser

import (
	"cmp"
	"context"
	"errors"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// A Device is what a person looks at the page with. The zero value is a light screen of 1280 by 800 in UTC.
type Device struct {
	Width, Height int    // of the page, in CSS pixels; zero: 1280, 800
	Dark          bool   // prefers-color-scheme
	ReducedMotion bool   // prefers-reduced-motion
	ForcedColours bool   // the person has chosen a few colours for all pages
	Print         bool   // it is paper
	TimeZone      string // "Europe/Berlin"; empty: UTC
}

// Emulate has the tab be another device from now on.
func (b *Browser) Emulate(d Device) {
	b.t.Helper()
	ctx, cancel := b.deadline()
	defer cancel()
	if err := b.tab.apply(ctx, d); err != nil {
		b.fatalf("emulate %+v: %v", d, err)
	}
}

// WithoutJavaScript has pages run no script from now on. What this package asks of a page still works, but for Audit and
// a promise in Evaluate.
func (b *Browser) WithoutJavaScript() {
	b.t.Helper()
	ctx, cancel := b.deadline()
	defer cancel()
	off := emulation.SetScriptExecutionDisabledParams{Value: true}
	if _, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, off); err != nil {
		b.fatalf("switch JavaScript off: %v", err)
	}
}

func (t *tab) apply(ctx context.Context, d Device) error {
	scheme, motion, colours, media := "light", "no-preference", "none", "screen"
	if d.Dark {
		scheme = "dark"
	}
	if d.ReducedMotion {
		motion = "reduce"
	}
	if d.ForcedColours {
		colours = "active"
	}
	if d.Print {
		media = "print"
	}
	_, sized := chromedp.Call(ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: int64(cmp.Or(d.Width, 1280)), Height: int64(cmp.Or(d.Height, 800)), DeviceScaleFactor: 1,
	})
	_, coloured := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Media: media, Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: motion}, {Name: "forced-colors", Value: colours},
		},
	})
	_, zoned := chromedp.Call(ctx, emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{
		TimezoneID: cmp.Or(d.TimeZone, "UTC"),
	})
	if err := errors.Join(sized, coloured, zoned); err != nil {
		return err
	}
	t.device = d
	return nil
}
