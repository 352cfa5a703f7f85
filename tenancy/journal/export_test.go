package journal

// What Export reads at once.
const (
	ExportAtOnce      = exportAtOnce
	ExportBytesAtOnce = exportBytesAtOnce
)

// Ahead makes as if so many entries had been out of order already.
func (l *Loader) Ahead(run int64) { l.run = run }
