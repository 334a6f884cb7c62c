// Command cost works out what Shipbell costs on AWS, from units that were counted and
// a table of prices. It is arithmetic: it asks nobody.
package main

import (
	"fmt"
	"io"
	"os"
)

// target is what a million events should cost at most, by the cheapest way in.
const target = 4.00

func main() { report(os.Stdout, listPrices()) }

func report(w io.Writer, p prices) {
	fmt.Fprintf(w, "List prices of %s in %s, dollars, without the free tier.\n", p.date, p.region)
	all := scenarios()
	for _, t := range all {
		fmt.Fprintf(w, "\nA million events with one delivery each, %s\n", t.name)
		bill := t.perMillion(p)
		write(w, bill)
		fmt.Fprintf(w, "  %8.2f  less in an account with an unused free tier\n", -t.free(p))
	}
	fmt.Fprintln(w, "\nA month in which nothing happens")
	write(w, standing(p))
	fmt.Fprintln(w, "\nA month's million events, for as long as they are kept, each month")
	write(w, kept(p))

	best := total(all[0].perMillion(p))
	fmt.Fprintf(w, "\nThe aim is %.2f for a million events; the cheapest way takes %.2f.\n", target, best)
	if best > target {
		fmt.Fprintf(w, "Each write is %.3f of it. A trigger's listing entry is the fifth write: a log that finds\n"+
			"a trigger's deliveries in its registry's would take %.2f, and logs of level warn %.2f in all.\n",
			million*p.writeUnit, best-million*p.writeUnit, best-million*p.writeUnit-million*eventLog/1e9*p.logGB)
	}
}

func write(w io.Writer, bill []line) {
	for _, one := range bill {
		fmt.Fprintf(w, "  %8.2f  %s\n", one.dollars, one.what)
	}
	fmt.Fprintf(w, "  %8.2f  in all\n", total(bill))
}
