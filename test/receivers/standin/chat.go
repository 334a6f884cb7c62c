package standin

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"unicode/utf8"
)

// busy429 is the answer of most who are sent too much.
func busy429() Answer {
	return Answer{Status: 429, Body: "rate limited", Header: map[string]string{"Retry-After": "2"}}
}

// says wants a text of a limited length that names the image.
func says(text string, length, limit int) error {
	if length > limit {
		return fmt.Errorf("%d long, at most %d", length, limit)
	}
	return all(has("text", text, "app"), has("text", text, "v1"))
}

func runes(text string, limit int) error { return says(text, utf8.RuneCountInString(text), limit) }

// Chats are robots in chat rooms, by the names of their presets.
func Chats() map[string]Receiver {
	return map[string]Receiver{
		"wecom": {
			Path: "/cgi-bin/webhook/send?key=KEY",
			Reads: func(r *http.Request, body []byte) error {
				type message struct {
					Kind     string                   `json:"msgtype"`
					Markdown struct{ Content string } `json:"markdown"`
				}
				return all(isJSON(r, body), is("key", r.URL.Query().Get("key"), "KEY"), read(body, func(m message) error {
					return all(is("msgtype", m.Kind, "markdown"), says(m.Markdown.Content, len(m.Markdown.Content), 4096))
				}))
			},
			Yes: answer(200, `{"errcode":0,"errmsg":"ok"}`), No: answer(200, `{"errcode":40008,"errmsg":"invalid message type"}`),
			Busy: answer(200, `{"errcode":45009,"errmsg":"api freq out of limit"}`),
		},
		"dingtalk": {
			Path: "/robot/send?access_token=TOKEN", Secret: "SECdemo",
			Reads: func(r *http.Request, body []byte) error {
				type message struct {
					Kind     string                       `json:"msgtype"`
					Markdown struct{ Title, Text string } `json:"markdown"`
				}
				q := r.URL.Query()
				mac := hmac.New(sha256.New, []byte("SECdemo"))
				fmt.Fprintf(mac, "%s\n%s", q.Get("timestamp"), "SECdemo")
				return all(isJSON(r, body), is("access_token", q.Get("access_token"), "TOKEN"),
					is("sign", q.Get("sign"), base64.StdEncoding.EncodeToString(mac.Sum(nil))), read(body, func(m message) error {
						return all(is("msgtype", m.Kind, "markdown"), has("title", m.Markdown.Title, "Shipbell"), runes(m.Markdown.Text, 5000))
					}))
			},
			Yes: answer(200, `{"errcode":0,"errmsg":"ok"}`), No: answer(200, `{"errcode":310000,"errmsg":"keywords not in content"}`),
			Busy: answer(200, `{"errcode":130101,"errmsg":"send too fast"}`),
		},
		"feishu": {
			Path: "/open-apis/bot/v2/hook/ID", Secret: "SECdemo",
			Reads: func(r *http.Request, body []byte) error {
				type message struct {
					Kind            string                `json:"msg_type"`
					Content         struct{ Text string } `json:"content"`
					Timestamp, Sign string
				}
				return all(isJSON(r, body), read(body, func(m message) error {
					mac := hmac.New(sha256.New, []byte(m.Timestamp+"\nSECdemo"))
					return all(is("msg_type", m.Kind, "text"), runes(m.Content.Text, 20_000),
						is("sign", m.Sign, base64.StdEncoding.EncodeToString(mac.Sum(nil))))
				}))
			},
			Yes: answer(200, `{"code":0,"msg":"success"}`), No: answer(200, `{"code":19021,"msg":"sign match fail"}`),
			Busy: answer(200, `{"code":11232,"msg":"frequency limited"}`),
		},
		"slack": {
			Path: "/services/T000/B000/XXXX",
			Reads: func(r *http.Request, body []byte) error {
				type message struct {
					Text   string
					Blocks []struct {
						Type string
						Text struct{ Type, Text string }
					}
				}
				return all(isJSON(r, body), read(body, func(m message) error {
					if len(m.Blocks) != 1 {
						return fmt.Errorf("%d blocks", len(m.Blocks))
					}
					return all(has("text", m.Text, "app"), is("type", m.Blocks[0].Text.Type, "mrkdwn"), runes(m.Blocks[0].Text.Text, 3000))
				}))
			},
			Yes: answer(200, "ok"), No: answer(404, "no_service"), Busy: busy429(), Final: true,
		},
		"teams": {
			Path: "/workflows/ID/triggers/manual/paths/invoke?api-version=2016-06-01&sig=SIG",
			Reads: func(r *http.Request, body []byte) error {
				type message struct {
					Type        string
					Attachments []struct {
						ContentType string
						Content     struct {
							Type, Version string
							Body          []struct{ Type, Text string }
						}
					}
				}
				return all(isJSON(r, body), read(body, func(m message) error {
					if m.Type != "message" || len(m.Attachments) != 1 || len(m.Attachments[0].Content.Body) != 2 || len(body) > 28<<10 {
						return fmt.Errorf("no card: %s", body)
					}
					card := m.Attachments[0]
					return all(is("contentType", card.ContentType, "application/vnd.microsoft.card.adaptive"), is("type", card.Content.Type, "AdaptiveCard"),
						has("text", card.Content.Body[0].Text, "app"), has("text", card.Content.Body[1].Text, "v1"))
				}))
			},
			Yes: answer(202, ""), No: answer(400, `{"error":{"code":"InvalidTemplate"}}`), Busy: busy429(), Final: true,
		},
		"discord": {
			Path: "/api/webhooks/ID/TOKEN",
			Reads: func(r *http.Request, body []byte) error {
				type message struct {
					Content  string
					Mentions struct{ Parse []string } `json:"allowed_mentions"`
				}
				return all(isJSON(r, body), is("wait", r.URL.Query().Get("wait"), "true"), read(body, func(m message) error {
					return all(runes(m.Content, 2000), is("mentions", fmt.Sprint(m.Mentions.Parse), "[]"))
				}))
			},
			Yes: answer(200, `{"id":"1"}`), No: answer(404, `{"message":"Unknown Webhook","code":10015}`), Busy: busy429(), Final: true,
		},
		"telegram": {
			Path: "/botTOKEN/sendMessage?chat_id=CHAT",
			Reads: func(r *http.Request, body []byte) error {
				type message struct{ Text string }
				return all(isJSON(r, body), is("chat_id", r.URL.Query().Get("chat_id"), "CHAT"), read(body, func(m message) error { return runes(m.Text, 4096) }))
			},
			Yes: answer(200, `{"ok":true,"result":{}}`), No: answer(400, `{"ok":false,"error_code":400,"description":"Bad Request: chat not found"}`),
			Busy: answer(429, `{"ok":false,"error_code":429,"parameters":{"retry_after":3}}`), Final: true,
		},
		"google-chat": {
			Path: "/v1/spaces/SPACE/messages?key=KEY&token=TOKEN",
			Reads: func(r *http.Request, body []byte) error {
				type message struct{ Text string }
				q := r.URL.Query()
				if len(q.Get("requestId")) != 26 {
					return fmt.Errorf("requestId is %q", q.Get("requestId"))
				}
				return all(isJSON(r, body), is("key", q.Get("key"), "KEY"), is("token", q.Get("token"), "TOKEN"),
					read(body, func(m message) error { return says(m.Text, len(m.Text), 32_000) }))
			},
			Yes: answer(200, `{"name":"spaces/SPACE/messages/1"}`), No: answer(400, `{"error":{"code":400}}`), Busy: busy429(), Final: true,
		},
		"mattermost": {
			Path: "/hooks/KEY",
			Reads: func(r *http.Request, body []byte) error {
				type message struct{ Text string }
				return all(isJSON(r, body), read(body, func(m message) error { return runes(m.Text, 16_383) }))
			},
			Yes: answer(200, "ok"), No: answer(400, `{"message":"Invalid webhook"}`), Busy: busy429(), Final: true,
		},
	}
}
