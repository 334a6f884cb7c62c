package main

import (
	"context"
	"flag"
	"fmt"
	"strings"

	"github.com/shipbell/shipbell/shared/apiv1"
	"github.com/shipbell/shipbell/shared/shipbell"
)

func keyList() command {
	return command{
		name: "key list", summary: "list the access keys", remote: true,
		about: "Lists the access keys that your own could have made. Secrets are never shown again.",
		examples: []string{
			"shipbell key list",
			"shipbell key list --json",
		},
		run: func(ctx context.Context, c *call) error {
			cl, err := c.connect()
			if err != nil {
				return err
			}
			answer, err := cl.ListKeys(ctx)
			if err != nil {
				return err
			}
			if c.asJSON {
				c.printAnswer()
				return nil
			}
			rows := [][]string{{"ID", "ROLE", "REGISTRIES", "CREATED", "DESCRIPTION"}}
			for _, k := range answer.Keys {
				rows = append(rows, []string{k.ID, string(k.Role), orAll(strings.Join(k.Registries, ",")), when(k.CreatedAt), k.Description})
			}
			printTable(c.stdout, rows...)
			return nil
		},
	}
}

func keyCreate() command {
	var role, description, data string
	registries := list{split: true}
	return command{
		name: "key create", summary: "create an access key", remote: true,
		about: `Creates an access key and prints it as ID:SECRET, once: the secret cannot be shown again.
An ingest key may only send events, which is what a registry needs; a viewer key may
only read; an admin key may do everything. Without --registry it is for all registries.
With --data it is written into the store of a server that is stopped, which needs no
access key: so a lost admin key can be replaced.`,
		examples: []string{
			"shipbell key create --role ingest --registry default --description 'registry.example.com'",
			"shipbell key create --role viewer --registry default,staging > viewer-key",
			"shipbell key create --role admin --data ./shipbell-data",
		},
		words: map[string]string{"registries": "--registry"},
		flags: func(f *flag.FlagSet) {
			f.StringVar(&role, "role", "", "`ROLE` of the key: ingest, viewer or admin")
			f.Var(&registries, "registry", "`ID` of a registry that the key may touch; repeat or separate by commas")
			f.StringVar(&description, "description", "", "`TEXT` for those who read the list")
			f.StringVar(&data, "data", "", "data `DIRECTORY` of a server that is stopped")
		},
		run: func(ctx context.Context, c *call) error {
			if role == "" {
				return usagef("--role: say what the key is for: ingest, viewer or admin")
			}
			settings := apiv1.AccessKeySettings{Role: shipbell.Role(role), Registries: registries.values, Description: description}
			if data != "" {
				return c.createKeyIn(ctx, data, settings)
			}
			return c.createKey(ctx, settings)
		},
	}
}

func (c *call) createKey(ctx context.Context, settings apiv1.AccessKeySettings) error {
	cl, err := c.connect()
	if err != nil {
		return err
	}
	key, err := cl.CreateKey(ctx, settings)
	if err != nil {
		return err
	}
	c.report("%s:%s", key.ID, key.Secret)
	c.warnShownOnce()
	return nil
}

func (c *call) warnShownOnce() {
	fmt.Fprintln(c.stderr, "This access key is shown only now: keep it in a safe place.")
}

func keyDelete() command {
	return command{
		name: "key delete", args: "ID", least: 1, most: 1, summary: "delete an access key", remote: true,
		about: "Deletes an access key: it opens nothing any more. ID is what stands before the colon. With\n--json it prints nothing.",
		examples: []string{
			"shipbell key delete akq2v7sx5n3hd4mzpe",
			"shipbell key delete akq2v7sx5n3hd4mzpe --server https://shipbell.example.com",
		},
		run: func(ctx context.Context, c *call) error {
			id, _, _ := strings.Cut(c.arguments[0], ":")
			cl, err := c.connect()
			if err != nil {
				return err
			}
			if err := cl.DeleteKey(ctx, id); err != nil {
				return err
			}
			c.report("deleted access key %s", id)
			return nil
		},
	}
}
