# Everything a developer types. `make` alone lists the targets.

GOFLAGS_BUILD := -trimpath -ldflags "-s -w"
# The race detector needs a C compiler; in CI its absence is a failure.
RACE := $(if $(or $(CI),$(shell command -v $(firstword $(shell go env CC)) 2>/dev/null)),-race)
SUDO := $(if $(filter 0,$(shell id -u)),,sudo)

# What only tests run takes less time to compile as it stands.
QUICKLY := $(foreach host,github.com k8s.io sigs.k8s.io google.golang.org go.opentelemetry.io,-gcflags='$(host)/...=-N -l')

.DEFAULT_GOAL := help
.PHONY: help run test lint bench build build/lambda build/scf fuzz cover deps

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z\/]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: build ## build build/shipbell, and start everything in one process on loopback; ARGS="--listen 127.0.0.1:9090" adds flags
	@exec build/shipbell serve $(ARGS)

build: ## build build/shipbell; -v names each package that is compiled, many at the first time
	CGO_ENABLED=0 go build -v $(GOFLAGS_BUILD) -o build/shipbell ./cmd/shipbell

ARCH ?= arm64
build/lambda: ## build the functions for AWS Lambda into build/lambda; ARCH=amd64 for x86_64
	go run ./tools/pack -arch $(ARCH) lambda

build/scf: ## build the functions for Tencent SCF into build/scf
	go run ./tools/pack scf

.PHONY: release
release: ## build what others install from into build/release: archives, .deb, .rpm, an image, components and checksums; PUSH=registry.example.com/tools/shipbell pushes the image too
	go run -C tools/release . $(if $(PUSH),-push $(PUSH))

.PHONY: deploy/scf
deploy/scf: build/scf ## build the functions and deploy them to Tencent SCF, by serverless.yml and .env
	go run ./tools/deployscf deploy

test: ## run all tests, and the simulations of deliver once more without the race detector; what needs something that `make deps` installs is skipped without it, but never in CI
	go test $(RACE) -shuffle=on -timeout 20m $$(go list ./... | grep -v /test/clouds/)
	go test $(RACE) -p 1 -shuffle=on -timeout 20m ./test/clouds/...
	go test -count=1 -run 'TestFaults|TestSeedRepeats|TestPresetsTogether|OnLambda' ./functions/deliver
	go test -C tools/release -shuffle=on $(QUICKLY) ./...

cover: ## print and check the coverage of the packages that decide most
	go test -cover ./shared/shipbell ./shared/pattern ./shared/match ./shared/source | awk '{print} /coverage:/ {gsub("%","",$$5); if ($$5+0 <= 90) low=1} END {exit low}'

lint: ## check formatting, vet, staticcheck, go.mod, and that a binary reaches every function of the product
	@test -z "$$(gofmt -l .)" || { echo "gofmt would change:"; gofmt -l .; exit 1; }
	go vet ./...
	go tool staticcheck ./...
	@dead="$$(go tool deadcode ./functions/... ./shared/... ./cmd/...)" || exit 1; \
	dead="$$(echo "$$dead" | grep -v '^shared/platform/platformtest/')"; test -z "$$dead" || { echo "$$dead"; exit 1; }
	go mod tidy -diff
	go vet -C tools/release $(QUICKLY) ./...
	go -C tools/release mod tidy -diff

bench: ## measure serve as a whole, and the matcher, the formats, the store, a request and a signed call alone
	go run ./tools/bench -data .
	go test -run '^$$' -bench . -benchmem ./shared/pattern ./shared/match ./shared/format ./shared/webhook ./shared/platform/local ./shared/tc3 ./functions/tcrapi

.PHONY: simulate
simulate: ## simulate receive, deliver and sweep with 10,000 seeds of faults; SEED=7 SEEDS=1 replays one
	go test -count=1 -run TestFaults -timeout 12h ./functions/deliver -seed $(or $(SEED),1) -seeds $(or $(SEEDS),10000)

.PHONY: kills
kills: ## kill serve 100 times over 20,000 events, and ask for all that it acknowledged
	go test -count=1 -v -run TestKilledUnderLoad -timeout 30m ./test/e2e -kills 100 -events 20000

.PHONY: bench/isolation
bench/isolation: ## measure a healthy target beside dead, slow and flooding neighbours, which takes about half an hour
	go run ./tools/bench -data . -isolation

.PHONY: bench/lambda
bench/lambda: ## measure the functions' starts and invocations, and the write units of an event, on emulators
	go test -count=1 -v -p 1 -run 'TestStart|TestWriteUnits' ./test/clouds/lambda ./test/writeunits

.PHONY: bench/scf
bench/scf: ## measure the functions' starts and invocations, and the round trips of an event, on a real Redis
	go test -count=1 -v -p 1 -run 'TestStart|TestRoundTrips' ./test/clouds/scf ./test/redisroundtrips

.PHONY: load
load: ## put 100 events a second for a minute on the functions, on emulators of AWS and on a real Redis, and 1,000 on serve on a real Redis
	go test -count=1 -v -run 'TestLoad$$' ./test/clouds/lambda -rate 100 -seconds 60
	go test -count=1 -v -run 'TestLoad$$|TestThrottledAPI' ./test/clouds/scf -rate 100 -seconds 60
	go run ./tools/bench -data . -redis -runs 1 -rate 1000 -seconds 60

.PHONY: bench/queue
bench/queue: ## send 1,000 messages a second through the queue of Tencent Cloud on a real Redis
	go test -run '^$$' -bench Runs -benchtime 10000x ./shared/platform/redis

.PHONY: bench/console
bench/console: ## measure every page of the console at 1,000 triggers and 1,000,000 deliveries, which takes minutes to store
	go test -run '^$$' -bench Pages -benchtime 100x -timeout 30m -v ./test/console/fill

.PHONY: cost
cost: ## print what a million events cost on AWS
	go run ./tools/cost

.PHONY: screenshots
screenshots: ## take pictures of every page of the console into build/screenshots
	go test -count=1 -run TestScreenshots ./test/console -screenshots "$(CURDIR)/build/screenshots"

FUZZTIME ?= 20s
fuzz: ## fuzz every parser of outside input for FUZZTIME each
	@for package in $$(go list ./...); do \
	  for target in $$(go test -list '^Fuzz' $$package | grep '^Fuzz'); do \
	    echo "$$package $$target"; go test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) $$package || exit 1; \
	  done; \
	done

deps: ## install what the tests use beside Go: Debian's docker-registry, redis-server, chromium, webhook, rpm and systemd; emulators of AWS, axe-core, generators of clients, Tencent Cloud's SDK for Node and what receivers read requests with by npm; distribution 3, helm, oras and what receivers in Go read requests with from their source, which takes minutes once; cfn-lint and SAM's translator by pip
	{ command -v docker-registry && command -v redis-server && command -v chromium && command -v webhook && command -v rpm && command -v systemd-analyze; } >/dev/null || { $(SUDO) apt-get update && $(SUDO) apt-get install -y --no-install-recommends docker-registry redis-server chromium webhook rpm systemd; }
	{ command -v cfn-lint && python3 -c 'import samtranslator'; } >/dev/null || { python3 -m venv build/python && build/python/bin/pip install -r test/deploy/requirements.txt; }
	cd test/emulators && npm ci
	cd test/browser && npm ci
	cd test/clients && npm ci
	cd test/receivers/parsers && npm ci
	CGO_ENABLED=0 go build -C test/registries/tools $(GOFLAGS_BUILD) $(QUICKLY) -o "$(CURDIR)/build/registries/" tool
	CGO_ENABLED=0 go build -C test/receivers/parsers $(GOFLAGS_BUILD) $(QUICKLY) -o "$(CURDIR)/build/receivers/" .
