package main

import (
	"context"
	"encoding/json"
	"flag"
	"net/url"
	"slices"
	"strings"

	"github.com/shipbell/shipbell/shared/source"
)

// english is the language of the command line.
const english = "en"

func sourceList() command {
	var asJSON bool
	return command{
		name: "source list", summary: "list the registries that can be connected",
		about: `Lists the sources: the registries whose events Shipbell understands, and what each tells
of beside pushes. A source is recognised by what it sends.`,
		examples: []string{
			"shipbell source list",
			"shipbell source list --json",
		},
		flags: func(f *flag.FlagSet) { f.BoolVar(&asJSON, "json", false, "print JSON, for programs") },
		run:   func(_ context.Context, c *call) error { return c.listSources(asJSON) },
	}
}

// shownSource is a source as JSON.
type shownSource struct {
	Name    string `json:"name"`
	Title   string `json:"title"`
	Deletes bool   `json:"deletes"`
	Pulls   bool   `json:"pulls"`
	Charts  bool   `json:"charts"`
}

func (c *call) listSources(asJSON bool) error {
	var all []shownSource
	rows := [][]string{{"SOURCE", "REGISTRY", "DELETES", "PULLS", "CHARTS"}}
	for _, s := range source.Sources() {
		title := s.Title(english)
		all = append(all, shownSource{s.Name, title, s.Deletes, s.Pulls, s.Charts})
		rows = append(rows, []string{s.Name, title, yesNo(s.Deletes), yesNo(s.Pulls), yesNo(s.Charts)})
	}
	if asJSON {
		return c.printOwn(map[string]any{"sources": all})
	}
	printTable(c.stdout, rows...)
	return nil
}

// printOwn prints JSON that no server answered.
func (c *call) printOwn(v any) error {
	document, err := json.Marshal(v)
	if err != nil {
		return err
	}
	c.printJSON(document)
	return nil
}

func connectCommand() command {
	var address, key string
	return command{
		name: "connect", args: "SOURCE", least: 1, most: 1, summary: "show how to connect a registry", remote: true, scoped: true,
		about: `Prints what to fill in at a registry so that it sends its events to the server. SOURCE is
one that "shipbell source list" names. The server is not asked. Make the access key with
"shipbell key create --role ingest"; ID:SECRET stands for it.`,
		examples: []string{
			"shipbell connect zot",
			"shipbell connect harbor --address https://shipbell.example.com --registry prod",
		},
		flags: func(f *flag.FlagSet) {
			f.StringVar(&address, "address", "", "`URL` at which the registry reaches the server; that of --server if not given")
			f.StringVar(&key, "ingest-key", "ID:SECRET", "access `KEY` to fill in")
		},
		run: func(_ context.Context, c *call) error { return c.showConnection(address, key) },
	}
}

// shownConnection is what to fill in, as JSON.
type shownConnection struct {
	Source  string       `json:"source"`
	About   string       `json:"about"`
	Snippet string       `json:"snippet,omitempty"`
	Fields  []shownField `json:"fields,omitempty"`
	Note    string       `json:"note,omitempty"`
}

type shownField struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

func (c *call) showConnection(address, key string) error {
	sources := source.Sources()
	i := slices.IndexFunc(sources, func(s source.Source) bool { return s.Name == c.arguments[0] })
	if i < 0 {
		return usagef("%q is not a known source; known are %s", c.arguments[0], strings.Join(source.Names(), ", "))
	}
	base, err := c.ownServer(address)
	if err != nil {
		return err
	}
	events := base.String() + "/v1/events/" + url.PathEscape(c.registry)
	steps := sources[i].Instructions(events, key, english)
	if c.asJSON {
		shown := shownConnection{Source: c.arguments[0], About: steps.About, Snippet: steps.Snippet, Note: steps.Note}
		for _, f := range steps.Fields {
			shown.Fields = append(shown.Fields, shownField(f))
		}
		return c.printOwn(shown)
	}
	c.sayf("%s", steps.About)
	c.sayf("")
	for line := range strings.Lines(steps.Snippet) {
		c.sayf("%s", strings.TrimSuffix(line, "\n"))
	}
	if len(steps.Fields) > 0 && steps.Snippet != "" {
		c.sayf("")
	}
	var rows [][]string
	for _, f := range steps.Fields {
		rows = append(rows, []string{f.Name, f.Value})
	}
	printTable(c.stdout, rows...)
	if steps.Note != "" {
		c.sayf("")
		c.sayf("%s", steps.Note)
	}
	return nil
}

// ownServer is the server at the address that a registry knows, which --server may be.
func (c *call) ownServer(address string) (*url.URL, error) {
	if address != "" {
		c.server = address
	}
	base, _, err := c.findServer(c.dataDirectory(""))
	return base, err
}
