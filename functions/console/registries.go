package console

// registriesPath is where the registries are.
const registriesPath = base + "registries"
