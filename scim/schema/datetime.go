package schema

import (
	"errors"
	"strings"
	"time"
)

// errDateTime says nothing more: who sent the text is told what a dateTime looks like.
var errDateTime = errors.New("not an xsd:dateTime of the years 0001 to 9999")

// ParseDateTime reads an xsd:dateTime (RFC 7643 section 2.3.5), as XML Schema 1.0 writes it: the hour 24 is the midnight
// after the day, and an offset is 14 hours at most. Without an offset it is taken as UTC. Years that are negative or have
// more than four digits are not read: the order of instants would not be the order of their texts.
func ParseDateTime(text string) (time.Time, error) {
	const date, clock = len("2006-01-02T"), len("2006-01-02T15:04:05")
	if len(text) < clock || !digits(text[:4]) || text[:4] == "0000" || !digits(text[date:date+2]) {
		return time.Time{}, errDateTime
	}
	local, zone, err := splitZone(text, clock)
	if err != nil || len(local) < clock {
		return time.Time{}, errDateTime
	}
	midnight := strings.HasPrefix(local[date:], "24:00:00") && strings.Trim(local[clock:], ".0") == ""
	if midnight {
		local = local[:date] + "00" + local[date+2:]
	}
	if strings.Contains(local, ",") { // which package time takes for a point
		return time.Time{}, errDateTime
	}
	t, err := time.Parse("2006-01-02T15:04:05.999999999", local)
	if err != nil {
		return time.Time{}, errDateTime
	}
	if midnight {
		t = t.AddDate(0, 0, 1)
	}
	if t = t.Add(-zone).UTC(); t.Year() < 0 || t.Year() > 9999 {
		return time.Time{}, errDateTime
	}
	return t, nil
}

// splitZone cuts the time zone off a dateTime whose seconds end at clock.
func splitZone(text string, clock int) (local string, zone time.Duration, err error) {
	if local, ok := strings.CutSuffix(text, "Z"); ok {
		return local, 0, nil
	}
	i := strings.LastIndexAny(text, "+-")
	if i < clock {
		return text, 0, nil
	}
	offset := text[i+1:]
	if len(offset) != len("14:00") || !digits(offset[:2]) || offset[2] != ':' || !digits(offset[3:]) || offset[3] > '5' || offset > "14:00" {
		return "", 0, errDateTime
	}
	zone = time.Duration(int(offset[0]-'0')*10+int(offset[1]-'0'))*time.Hour + time.Duration(int(offset[3]-'0')*10+int(offset[4]-'0'))*time.Minute
	if text[i] == '-' {
		zone = -zone
	}
	return text[:i], zone, nil
}

func digits(text string) bool {
	return strings.Trim(text, "0123456789") == ""
}
