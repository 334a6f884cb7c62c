package shipbell

import (
	"slices"
	"strings"
)

// Format is the shape of what a target gets.
type Format string

// The formats. docs/formats.md says who reads which.
const (
	FormatTCR               Format = "tcr"
	FormatCloudEvents       Format = "cloudevents"
	FormatCloudEventsBinary Format = "cloudevents-binary"
	FormatCDEvents          Format = "cdevents"
	FormatCDEvents04        Format = "cdevents-0.4"
	FormatHarbor            Format = "harbor"
	FormatDockerHub         Format = "dockerhub"
	FormatQuay              Format = "quay"
	FormatACR               Format = "acr"
	FormatDistribution      Format = "distribution"
	FormatGHCR              Format = "ghcr"
	FormatImageEvent        Format = "image-event"
	// FormatTemplate is what the target's template makes.
	FormatTemplate Format = "template"
)

// Formats returns every format, in the order they are documented.
func Formats() []Format {
	return []Format{
		FormatTCR, FormatCloudEvents, FormatCloudEventsBinary, FormatCDEvents, FormatCDEvents04, FormatHarbor,
		FormatDockerHub, FormatQuay, FormatACR, FormatDistribution, FormatGHCR, FormatImageEvent, FormatTemplate,
	}
}

// Valid reports whether f is one of the formats.
func (f Format) Valid() bool { return slices.Contains(Formats(), f) }

// Single reports whether a body of the format is about one image or chart. An event with
// several makes a delivery of each for a target of such a format.
func (f Format) Single() bool {
	switch f {
	case FormatCDEvents, FormatCDEvents04, FormatDockerHub, FormatACR, FormatGHCR, FormatImageEvent:
		return true
	}
	return false
}

// listFormats is the formats with commas between them.
func listFormats() string {
	var names []string
	for _, f := range Formats() {
		names = append(names, string(f))
	}
	return strings.Join(names, ", ")
}
