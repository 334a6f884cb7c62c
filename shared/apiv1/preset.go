package apiv1

import (
	"github.com/shipbell/shipbell/shared/preset"
	"github.com/shipbell/shipbell/shared/shipbell"
)

// Presets is the answer of GET /v1/presets.
type Presets struct {
	Presets []Preset `json:"presets"`
}

// Preset is what a target of one receiver is set to.
type Preset struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	// URL shows what the receiver's addresses look like.
	URL string `json:"url"`
	// Secret says whether the receiver wants one: "none", "optional" or "required".
	Secret string `json:"secret"`
	// Actions are those that the receiver has a use for.
	Actions []shipbell.Action `json:"actions"`
	// Target is what a target with the preset is, where it says nothing else.
	Target Target `json:"target"`
}

// NewPreset is the JSON of a preset. The values of its headers are no secrets.
func NewPreset(p preset.Preset) Preset {
	shown := Preset{Name: p.Name, Title: p.Title, URL: p.URL, Secret: string(p.Secret), Actions: p.Actions, Target: NewTarget(p.Target)}
	if shown.Actions == nil {
		shown.Actions = shipbell.Actions()
	}
	for i, h := range p.Target.Headers {
		for j, value := range h.Values {
			shown.Target.Headers[i].Values[j], _ = value.Reveal() // they are never sealed
		}
	}
	return shown
}
