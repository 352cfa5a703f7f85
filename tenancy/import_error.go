package tenancy

import (
	"errors"
	"fmt"
)

// ErrImport says that what was to be imported is refused; see *ImportError.
var ErrImport = errors.New("the import is refused")

// ImportProblem says what kind of thing is wrong with an import.
type ImportProblem string

// The problems.
const (
	ImportNotExport   ImportProblem = "not_an_export"     // the first line is no header of an export
	ImportNewerFormat ImportProblem = "newer_format"      // written by a later version of Spoke
	ImportTooLong     ImportProblem = "line_too_long"     // or too much that has to be kept in memory
	ImportTooDeep     ImportProblem = "too_deep"          // a line nests objects or lists too deeply
	ImportMalformed   ImportProblem = "malformed"         // a line that is no line of this format, or in the wrong place
	ImportInvalid     ImportProblem = "invalid"           // a value that Spoke could not have written
	ImportExtension   ImportProblem = "extension_invalid" // a schema extension that no tenant may have
	ImportDuplicate   ImportProblem = "duplicate"         // an id, a name or a membership is there twice
	ImportReference   ImportProblem = "unknown_reference" // a membership of what is not there
	ImportCircle      ImportProblem = "circle"            // groups that contain each other
	ImportTruncated   ImportProblem = "truncated"         // the last line is missing
	ImportCount       ImportProblem = "count_differs"     // other numbers of lines than the export says
	ImportChecksum    ImportProblem = "checksum_differs"  // other bytes than were exported
)

// ImportError says why an import is refused. Detail is a sentence that may be shown to whoever imports.
type ImportError struct {
	Line    int64 // from 1; 0 where it is not about one line
	Problem ImportProblem
	Detail  string
}

// Error names the line and what is wrong.
func (e *ImportError) Error() string {
	if e.Line == 0 {
		return e.Detail
	}
	return fmt.Sprintf("line %d: %s", e.Line, e.Detail)
}

// Is makes errors.Is(err, ErrImport) true.
func (e *ImportError) Is(target error) bool { return target == ErrImport }
