package preset

import "github.com/shipbell/shipbell/shared/shipbell"

// deployers bring a pushed image to where it runs.
func deployers() []Preset {
	return []Preset{
		{
			// https://github.com/keel-hq/keel, pkg/http. It takes TCR's body at the
			// address of Harbor.
			Name: "keel", Title: "keel", Secret: Optional, Actions: pushes(),
			URL: "https://keel.example.com/v1/webhooks/harbor",
			Target: shipbell.Target{
				Format:  shipbell.FormatTCR,
				Options: shipbell.Options{Auth: bearer(), Permanent: []int{400, 410}},
			},
		},
		{
			// https://argocd-image-updater.readthedocs.io, webhook. It reads the first
			// resource alone, and compares the whole header with its secret.
			Name: "image-updater", Title: "Argo CD Image Updater", Secret: Required, Actions: pushes(),
			URL: "https://image-updater.example.com/webhook?type=harbor",
			Target: shipbell.Target{
				Format: shipbell.FormatHarbor,
				Options: shipbell.Options{
					Auth:      shipbell.Auth{Scheme: shipbell.AuthToken, Header: "Authorization"},
					Permanent: []int{400, 410}, Split: true,
				},
			},
		},
		{
			// https://fluxcd.io/flux/components/notification/receivers/, generic-hmac. It
			// answers 503 while it is suspended.
			Name: "flux", Title: "Flux (generic-hmac)", Secret: Required,
			URL: "https://flux.example.com/hook/HASH",
			Target: shipbell.Target{
				Format: shipbell.FormatTCR, PathSecret: true,
				Options: shipbell.Options{
					Auth:      shipbell.Auth{Scheme: shipbell.AuthHMAC, Header: "X-Signature", Prefix: "sha256=", Algorithm: "sha256"},
					Permanent: []int{400, 410, 413},
				},
			},
		},
		{
			// https://docs.kargo.io, webhook receivers, harbor.
			Name: "kargo", Title: "Kargo (Harbor receiver)", Secret: Required, Actions: pushes(),
			URL: "https://kargo.example.com/webhooks/harbor/HASH",
			Target: shipbell.Target{
				Format: shipbell.FormatHarbor, PathSecret: true,
				Options: shipbell.Options{
					Auth:      shipbell.Auth{Scheme: shipbell.AuthToken, Header: "Authorization"},
					Permanent: []int{400, 410, 501},
				},
			},
		},
		{
			// https://docs.portainer.io/user/docker/services/webhooks
			Name: "portainer", Title: "Portainer", Secret: None, Actions: pushes(),
			URL: "https://portainer.example.com/api/webhooks/TOKEN",
			Target: shipbell.Target{
				Format: shipbell.FormatTCR, PathSecret: true,
				Options: shipbell.Options{Query: []shipbell.Field{{Name: "tag", Value: "{{.Tag}}"}}, Split: true, Timeout: 60},
			},
		},
		{
			// https://watchtower.nickfedor.com, HTTP API. With async it answers before it
			// updates; without, an update takes longer than an attempt, and is made again.
			Name: "watchtower", Title: "watchtower", Secret: Required, Actions: pushes(),
			URL: "https://watchtower.example.com/v1/update",
			Target: shipbell.Target{
				Format: shipbell.FormatTCR,
				Options: shipbell.Options{
					Auth:  bearer(),
					Query: []shipbell.Field{{Name: "image", Value: "{{.Host}}/{{.Repository}}:{{.Tag}}"}, {Name: "async", Value: "true"}},
					Split: true, Timeout: 60, Busy: status(429),
				},
			},
		},
		{
			// https://docs.dokploy.com, auto deploy. It knows Docker Hub by the User-Agent,
			// and answers 301 if name or tag are not the application's.
			Name: "dokploy", Title: "Dokploy", Secret: None, Actions: pushes(),
			URL: "https://dokploy.example.com/api/deploy/TOKEN",
			Target: shipbell.Target{
				Format: shipbell.FormatDockerHub, PathSecret: true,
				Headers: []shipbell.Header{header("User-Agent", "Go-http-client/1.1")},
				Options: shipbell.Options{Permanent: []int{301, 400, 410}},
			},
		},
		{
			// https://coolify.io/docs/api-reference/api/operations/deploy-by-tag-or-uuid
			Name: "coolify", Title: "Coolify", Secret: Required, Actions: pushes(),
			URL: "https://coolify.example.com/api/v1/deploy?uuid=UUID",
			Target: shipbell.Target{
				Format:  shipbell.FormatTCR,
				Options: shipbell.Options{Auth: bearer(), Permanent: []int{400, 401, 404, 410}},
			},
		},
		{
			// https://caprover.com/docs/deployment-methods.html. Every answer is HTTP 200.
			Name: "caprover", Title: "CapRover", Secret: None, Actions: pushes(),
			URL: "https://captain.example.com/api/v2/user/apps/webhooks/triggerbuild?namespace=captain&token=TOKEN",
			Target: shipbell.Target{
				Format:  shipbell.FormatTCR,
				Options: shipbell.Options{Success: shipbell.Success{JSON: is("status", "100")}},
			},
		},
	}
}
