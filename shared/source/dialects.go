package source

import (
	"net/http"
	"sync"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// dialect is one way in which registries tell what happened.
type dialect struct {
	Source
	// header recognises the sender by its headers; nil where they do not tell.
	header func(http.Header) bool
	// envelope recognises events by what their envelope says; nil where it does not tell.
	envelope func(Envelope) bool
	// body recognises a JSON object by its fields; nil where they do not tell.
	body func(fields) bool
	// blocking senders repeat a refused request for ever and hold back all later
	// ones meanwhile.
	blocking bool
	decode   func(Request) ([]DecodedEvent, []shipbell.IgnoredEvent, error)
}

// dialects is every known dialect. The headers of all are asked before the envelopes of
// all, and these before the bodies of all; among each, the first that fits counts.
var dialects = sync.OnceValue(func() []dialect {
	deletes, pulls, charts := true, true, true
	return []dialect{
		{Source: Source{"distribution", text.TitleDistribution, deletes, pulls, charts, distributionSetup}, header: isDistributionHeader, body: isDistributionBody, blocking: true, decode: decodeDistribution},
		{Source: Source{"tcr", text.TitleTCR, deletes, pulls, charts, tcrSetup}, body: isTCRBody, decode: single[tcrBody]},
		{Source: Source{"harbor", text.TitleHarbor, deletes, pulls, false, harborSetup}, envelope: isHarborEnvelope, decode: single[harborBody]},
		{Source: Source{"zot", text.TitleZot, deletes, false, charts, zotSetup}, envelope: isZotEnvelope, decode: single[zotBody]},
		{Source: Source{"gitlab", text.TitleGitLab, deletes, pulls, charts, gitlabSetup}, blocking: true, decode: decodeDistribution},
		{Source: Source{"forgejo", text.TitleForgejo, deletes, false, charts, giteaSetup}, header: isForgejo, decode: single[giteaBody]},
		{Source: Source{"gitea", text.TitleGitea, deletes, false, charts, giteaSetup}, header: isGitea, decode: single[giteaBody]},
		{Source: Source{"ghcr", text.TitleGHCR, false, false, charts, ghcrSetup}, header: isGitHub, decode: single[ghcrBody]},
		{Source: Source{"aliyun", text.TitleAliyun, false, false, false, aliyunSetup}, envelope: isAliyunEnvelope, body: isAliyunBody, decode: single[aliyunBody]},
		{Source: Source{"dockerhub", text.TitleDockerHub, false, false, false, dockerHubSetup}, body: isDockerHubBody, decode: single[dockerHubBody]},
		{Source: Source{"quay", text.TitleQuay, false, false, false, quaySetup}, body: isQuayBody, decode: single[quayBody]},
		{Source: Source{"ecr", text.TitleECR, deletes, false, charts, ecrSetup}, envelope: isECREnvelope, decode: single[ecrDetail]},
		{Source: Source{"acr", text.TitleACR, deletes, false, false, acrSetup}, header: isACRHeader, envelope: isACREnvelope, body: isACRBody, decode: single[acrBody]},
		{Source: Source{GoogleArtifactRegistry, text.TitleGAR, deletes, false, false, garSetup}, body: isGARBody, decode: single[garBody]},
		{Source: Source{"jfrog", text.TitleJFrog, deletes, false, false, jfrogSetup}, body: isJFrogBody, decode: single[jfrogBody]},
		{Source: Source{"nexus", text.TitleNexus, deletes, false, charts, nexusSetup}, header: isNexus, decode: single[nexusBody]},
		{Source: Source{"cloudevents", text.TitleCloudEvents, deletes, pulls, charts, cloudEventsSetup}, envelope: isOwnEnvelope, decode: single[cloudEventBody]},
	}
})

// Names are the names of the dialects.
func Names() []string {
	var names []string
	for _, d := range dialects() {
		names = append(names, d.Name)
	}
	return names
}
