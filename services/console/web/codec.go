package web

import (
	"encoding/json"
	"fmt"
	"time"
)

// jsonCodec writes sessions as JSON, which any release can read, and a person in the database.
type jsonCodec struct{}

type session struct {
	Deadline time.Time                  `json:"deadline"`
	Values   map[string]json.RawMessage `json:"values"`
}

// Encode writes a session whose values are JSON already.
func (jsonCodec) Encode(deadline time.Time, values map[string]any) ([]byte, error) {
	out := session{Deadline: deadline, Values: make(map[string]json.RawMessage, len(values))}
	for k, v := range values {
		text, ok := v.(string)
		if !ok {
			return nil, fmt.Errorf("the session's %s is a %T", k, v)
		}
		out.Values[k] = json.RawMessage(text)
	}
	return json.Marshal(out)
}

// Decode reads one.
func (jsonCodec) Decode(data []byte) (time.Time, map[string]any, error) {
	var in session
	if err := json.Unmarshal(data, &in); err != nil {
		return time.Time{}, nil, fmt.Errorf("read a session: %w", err)
	}
	values := make(map[string]any, len(in.Values))
	for k, v := range in.Values {
		values[k] = string(v)
	}
	return in.Deadline, values, nil
}

// Put remembers a value in the session, until it ends.
func (x *Exchange) Put(key string, value any) {
	text, err := json.Marshal(value)
	if err != nil { // it is a value of the program's
		panic(fmt.Sprintf("remember %s: %v", key, err))
	}
	x.console.sessions.Put(x.session, key, string(text))
}

// Take reads what the session remembers, and says whether it does.
func (x *Exchange) Take(key string, into any) bool {
	if x.session == nil {
		return false
	}
	text := x.console.sessions.GetString(x.session, key)
	return text != "" && json.Unmarshal([]byte(text), into) == nil
}

// Pop is take, and the session forgets it.
func (x *Exchange) Pop(key string, into any) {
	if x.Take(key, into) {
		x.console.sessions.Remove(x.session, key)
	}
}
