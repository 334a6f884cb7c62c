package console_test

import (
	"testing"
)

func TestSignIn(t *testing.T) {
	inEachLanguage(t, func(t *testing.T, p *person) {
		p.visit("/r/default/log")
		p.Find("heading", p.says("login.title"))
		p.Fill(p.says("login.id"), "nobody")
		p.Fill(p.says("login.secret"), "guessed")
		p.Click("button", p.says("login.submit"))
		p.See(p.says("login.wrong"))
		p.Fill(p.says("login.id"), p.server.Key())
		p.Fill(p.says("login.secret"), "")
		p.Click("button", p.says("login.submit"))
		p.Find("heading", p.says("log.title")) // where it was to go
	})
}
