package source

import "encoding/json"

// manifest is what a manifest's text tells.
type manifest struct {
	Config optional[struct {
		MediaType word `json:"mediaType"`
	}] `json:"config"`
	// Subject is the manifest that this one refers to.
	Subject optional[struct {
		Digest word `json:"digest"`
	}] `json:"subject"`
}

// readManifest reads a manifest's text. What cannot be read of it is absent.
func readManifest(said word) (m manifest) {
	_ = json.Unmarshal([]byte(said), &m)
	return m
}

// kind tells a chart from an image.
func (m manifest) kind() Kind { return configKind(m.Config.Value.MediaType) }

// configKind tells a chart from an image by the media type of the manifest's
// configuration.
func configKind(mediaType word) Kind {
	switch mediaType {
	case "":
		return Unknown
	case helmConfig:
		return Chart
	}
	return Image
}

// indexKind tells by a manifest's own media type that it is an index, which is an image.
// Those of charts and images are the same.
func indexKind(mediaType word) Kind {
	if isIndex(string(mediaType)) {
		return Image
	}
	return Unknown
}
