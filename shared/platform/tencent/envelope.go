package tencent

const envelopeKind = "deliver"

type envelope struct {
	Shipbell string   `json:"shipbell"`
	Messages []string `json:"messages"`
}
