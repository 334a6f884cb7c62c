// Command cost works out what Shipbell costs on AWS, from units that were counted and
// a table of prices. It is arithmetic: it asks nobody.
package main

import (
	"fmt"
	"io"
	"os"
)

// aim is what a million events should cost at most, with everything in it.
type aim struct {
	name    string
	bill    func(prices) []line
	dollars float64
}

func aims() []aim {
	return []aim{
		{"busy, by the Function URL", scenarios(1)[0].perMillion, 4.47},
		{"sparse, with 1,000 triggers", scenarios(1000)[1].perMillion, 8},
		{"nine failed attempts", failing().perMillion, 35},
	}
}

func main() { report(os.Stdout, listPrices()) }

func report(w io.Writer, p prices) {
	fmt.Fprintf(w, "List prices of %s, %s, dollars, without the free tier.\n", p.region, p.date)
	fmt.Fprintln(w, "\nA million events with one delivery each, by the Function URL (the HTTP API takes 1.00 more)")
	fmt.Fprintf(w, "  %-28s%11s%14s%16s\n", "", "1 trigger", "100 triggers", "1,000 triggers")
	for i, one := range scenarios(1) {
		fmt.Fprintf(w, "  %-28s", one.name)
		for column, triggers := range []int{1, 100, 1000} {
			fmt.Fprintf(w, "%*.2f", []int{11, 14, 16}[column], total(scenarios(triggers)[i].perMillion(p)))
		}
		fmt.Fprintln(w)
	}
	for _, t := range append(scenarios(1000), failing()) {
		fmt.Fprintf(w, "\nA million events, %s, line by line\n", t.name)
		write(w, t.perMillion(p))
	}
	fmt.Fprintln(w, "\nEach month, whatever comes")
	write(w, monthly(p))
	fmt.Fprintln(w, "\nA month's million events, for as long as they are kept, each month")
	write(w, kept(p))
	fmt.Fprintln(w)
	for _, one := range aims() {
		met, sum := "met", total(one.bill(p))
		if sum > one.dollars {
			met = "missed"
		}
		fmt.Fprintf(w, "The aim for %s is %.2f: it takes %.2f, %s.\n", one.name, one.dollars, sum, met)
	}
}

func write(w io.Writer, bill []line) {
	for _, one := range bill {
		fmt.Fprintf(w, "  %8.2f  %s\n", one.dollars, one.what)
	}
	fmt.Fprintf(w, "  %8.2f  in all\n", total(bill))
}
