package preset

import "github.com/shipbell/shipbell/shared/shipbell"

// chats are robots in chat rooms. Most of them say no with HTTP 200, and all of them take
// only so many messages a minute.
func chats() []Preset {
	return []Preset{
		{
			// https://developer.work.weixin.qq.com/document/path/91770
			Name: "wecom", Title: "WeCom", Secret: None,
			URL: "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=KEY",
			Target: shipbell.Target{
				Format: shipbell.FormatTemplate, Template: `{"msgtype":"markdown","markdown":{"content":"**{{.Action}}** {{markdown "wecom" .Repository}}\n> {{markdown "wecom" (truncBytes 1500 (join ", " .References))}}{{if .Operator}}\n{{markdown "wecom" .Operator}}{{end}}"}}`,
				Options: shipbell.Options{Success: shipbell.Success{JSON: is("errcode", "0")}, Busy: shipbell.Busy{JSON: is("errcode", "45009")}, Rate: 20},
			},
		},
		{
			// https://open.dingtalk.com/document/orgapp/custom-robots-send-group-messages
			Name: "dingtalk", Title: "DingTalk", Secret: Optional,
			URL: "https://oapi.dingtalk.com/robot/send?access_token=TOKEN",
			Target: shipbell.Target{
				Format: shipbell.FormatTemplate, Template: `{"msgtype":"markdown","markdown":{"title":"Shipbell: {{.Action}} {{trunc 100 .Repository}}","text":"**{{.Action}}** {{markdown "dingtalk" .Repository}}\n\n{{markdown "dingtalk" (trunc 1500 (join ", " .References))}}{{if .Operator}}\n\n{{markdown "dingtalk" .Operator}}{{end}}"}}`,
				Options: shipbell.Options{
					Auth:    shipbell.Auth{Scheme: shipbell.AuthDingTalk},
					Success: shipbell.Success{JSON: is("errcode", "0")}, Busy: shipbell.Busy{JSON: is("errcode", "130101")}, Rate: 20,
				},
			},
		},
		{
			// https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot
			Name: "feishu", Title: "Feishu, Lark", Secret: Optional,
			URL: "https://open.feishu.cn/open-apis/bot/v2/hook/ID",
			Target: shipbell.Target{
				Format: shipbell.FormatTemplate, Template: `{"msg_type":"text","content":{"text":"{{.Action}} {{.Repository}}\n{{trunc 2000 (join ", " .References)}}{{if .Operator}}\n{{.Operator}}{{end}}"}}`,
				PathSecret: true,
				Options: shipbell.Options{
					Auth:    shipbell.Auth{Scheme: shipbell.AuthFeishu},
					Success: shipbell.Success{JSON: is("code", "0")}, Busy: shipbell.Busy{Statuses: []int{429}, JSON: is("code", "11232")}, Rate: 100,
				},
			},
		},
		{
			// https://api.slack.com/messaging/webhooks
			Name: "slack", Title: "Slack", Secret: None,
			URL: "https://hooks.slack.com/services/T000/B000/XXXX",
			Target: shipbell.Target{
				Format: shipbell.FormatTemplate, Template: `{"text":"{{.Action}} {{markdown "slack" .Repository}}","blocks":[{"type":"section","text":{"type":"mrkdwn","text":"*{{.Action}}* {{markdown "slack" .Repository}}\n{{markdown "slack" (trunc 1200 (join ", " .References))}}{{if .Operator}}\n{{markdown "slack" .Operator}}{{end}}"}}]}`,
				PathSecret: true,
				Options: shipbell.Options{
					Success: shipbell.Success{Body: "ok"}, Permanent: []int{400, 403, 404, 410}, Busy: status(429), Rate: 60,
				},
			},
		},
		{
			// https://learn.microsoft.com/power-automate/teams/send-a-message-in-teams
			Name: "teams", Title: "Microsoft Teams (Workflows)", Secret: None,
			URL: "https://prod-00.westeurope.logic.azure.com/workflows/ID/triggers/manual/paths/invoke?api-version=2016-06-01&sig=SIG",
			Target: shipbell.Target{
				Format: shipbell.FormatTemplate, Template: `{"type":"message","attachments":[{"contentType":"application/vnd.microsoft.card.adaptive","content":{"$schema":"http://adaptivecards.io/schemas/adaptive-card.json","type":"AdaptiveCard","version":"1.4","body":[{"type":"TextBlock","weight":"bolder","wrap":true,"text":"{{.Action}} {{markdown "teams" .Repository}}"},{"type":"TextBlock","wrap":true,"text":"{{markdown "teams" (trunc 2000 (join ", " .References))}}{{if .Operator}} ({{markdown "teams" .Operator}}){{end}}"}]}}]}`,
				PathSecret: true,
				Options:    shipbell.Options{Permanent: []int{400, 401, 403, 404, 410}, Busy: status(429), Rate: 200},
			},
		},
		{
			// https://discord.com/developers/docs/resources/webhook#execute-webhook. Without
			// wait=true a message that was not saved is no error.
			Name: "discord", Title: "Discord", Secret: None,
			URL: "https://discord.com/api/webhooks/ID/TOKEN",
			Target: shipbell.Target{
				Format: shipbell.FormatTemplate, Template: `{"content":"**{{.Action}}** {{markdown "discord" .Repository}}\n{{markdown "discord" (trunc 600 (join ", " .References))}}{{if .Operator}}\n{{markdown "discord" (trunc 100 .Operator)}}{{end}}","allowed_mentions":{"parse":[]}}`,
				PathSecret: true,
				Options: shipbell.Options{
					Query: []shipbell.Field{{Name: "wait", Value: "true"}}, Permanent: []int{400, 401, 404, 410}, Busy: shipbell.Busy{Statuses: []int{429}, RetryAfter: "retry_after"}, Rate: 30,
				},
			},
		},
		{
			// https://core.telegram.org/bots/api#sendmessage. chat_id stands in the query.
			Name: "telegram", Title: "Telegram", Secret: None,
			URL: "https://api.telegram.org/botTOKEN/sendMessage?chat_id=CHAT",
			Target: shipbell.Target{
				Format: shipbell.FormatTemplate, Template: `{"text":"{{.Action}} {{.Repository}}\n{{trunc 3000 (join ", " .References)}}{{if .Operator}}\n{{trunc 100 .Operator}}{{end}}"}`,
				PathSecret: true,
				Options: shipbell.Options{
					Success: shipbell.Success{JSON: is("ok", "true")}, Permanent: []int{400, 401, 403, 404}, Busy: shipbell.Busy{Statuses: []int{429}, RetryAfter: "parameters.retry_after"}, Rate: 20,
				},
			},
		},
		{
			// https://developers.google.com/workspace/chat/quickstart/webhooks. requestId
			// keeps a repeated attempt from posting twice.
			Name: "google-chat", Title: "Google Chat", Secret: None,
			URL: "https://chat.googleapis.com/v1/spaces/SPACE/messages?key=KEY&token=TOKEN",
			Target: shipbell.Target{
				Format: shipbell.FormatTemplate, Template: `{"text":"*{{.Action}}* {{.Repository}}\n{{trunc 3000 (join ", " .References)}}{{if .Operator}}\n{{.Operator}}{{end}}"}`,
				Options: shipbell.Options{
					Query: []shipbell.Field{{Name: "requestId", Value: "{{.Delivery}}"}}, Permanent: []int{400, 401, 403, 404}, Busy: status(429), Rate: 60,
				},
			},
		},
		{
			// https://developers.mattermost.com/integrate/webhooks/incoming/
			Name: "mattermost", Title: "Mattermost", Secret: None,
			URL: "https://chat.example.com/hooks/KEY",
			Target: shipbell.Target{
				Format: shipbell.FormatTemplate, Template: `{"text":"**{{.Action}}** {{markdown "mattermost" .Repository}}\n{{markdown "mattermost" (trunc 3000 (join ", " .References))}}{{if .Operator}}\n{{markdown "mattermost" .Operator}}{{end}}"}`,
				PathSecret: true,
				Options: shipbell.Options{
					Success: shipbell.Success{Body: "ok"}, Permanent: []int{400, 401, 403, 404, 410}, Busy: status(429), Rate: 60,
				},
			},
		},
	}
}
