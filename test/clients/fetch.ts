// The life of a trigger by a client that openapi-typescript and openapi-fetch make.
import createClient from "openapi-fetch";
import { key, must, pushed, registry, same, server, target, until } from "./common.js";
import type { components, paths } from "./generated/schema.js";

const api = createClient<paths>({ baseUrl: server, headers: { Authorization: `Bearer ${key}` } });
const at = { path: { registry } };

const made = must("put the registry", await api.PUT("/v1/registries/{registry}", { params: at, body: { host: "reg.example.com" } }));
same("its host", "reg.example.com", made.host);

const settings: components["schemas"]["TriggerSettings"] = {
  name: "by-fetch",
  actions: ["pushImage"],
  rule: { namespace: "public", repository: "nginx*" },
  targets: [{ url: target, headers: [{ key: "X-Token", values: ["secret"] }] }],
  labels: { team: "payments" },
};
const dry = await api.POST("/v1/triggers/{registry}", { params: { ...at, query: { dry_run: "true" } }, body: settings });
same("a dry run", 204, dry.response.status);
const created = must("create", await api.POST("/v1/triggers/{registry}", { params: at, body: settings }));
const one = { path: { registry, id: created.id } };

for (const [label, count] of [["team=payments", 1], ["team=other", 0]] as const) {
  const list = must("list", await api.GET("/v1/triggers/{registry}", { params: { ...at, query: { label: [label], limit: 10 } } }));
  same(`triggers of ${label}`, count, list.triggers.length);
}
const changed = must("change", await api.PATCH("/v1/triggers/{registry}/{id}", { params: one, body: { rule: { tag: "v*" } } }));
same("the tag", "v*", changed.rule.tag);
const { data, response } = await api.PUT("/v1/triggers/{registry}/{id}", { params: { ...one, header: { "If-Match": `"${changed.version}"` } }, body: changed });
same("what was answered, sent back", 200, response.status);
same("its labels", { team: "payments" }, data?.labels);
const stale = await api.DELETE("/v1/triggers/{registry}/{id}", { params: { ...one, header: { "If-Match": '"999"' } } });
same("the code of an error", "trigger-changed", stale.error?.code);

const tested = must("test", await api.POST("/v1/triggers/{registry}/{id}/test", { params: one }));
same("its attempt", 200, tested.attempts[0]?.status_code);
const match = must("match", await api.POST("/v1/match/{registry}", { params: at, body: pushed }));
same("the verdict", true, match.events[0]?.triggers[0]?.matched);
const short = must("match in short", await api.POST("/v1/match/{registry}", { params: at, body: { action: "pushImage", repository: "public/nginx", tag: "beta" } }));
same("the verdict in short", "match-tag", short.events[0]?.triggers[0]?.code);

const received = must("send an event", await api.POST("/v1/events/{registry}", { params: at, body: pushed }));
// Azure Event Grid alone gets another answer.
const id = "events" in received ? received.events[0]?.deliveries[0] : undefined;
if (id === undefined) {
  throw new Error(`the event made no delivery: ${JSON.stringify(received)}`);
}
const read = async () => must("read the delivery", await api.GET("/v1/deliveries/{registry}/{id}", { params: { path: { registry, id } } }));
const done = await until(read, (d) => d.status === "succeeded");
const request: components["schemas"]["DeliveryRequest"] | null = done.request;
same("its body", pushed.type, JSON.parse(request?.body ?? "{}").type);
const log = must("list deliveries", await api.GET("/v1/deliveries/{registry}", { params: { ...at, query: { status: "succeeded", action: "pushImage", trigger: created.id } } }));
same("the log", [id], log.deliveries.map((d) => d.id));

must("redeliver", await api.POST("/v1/deliveries/{registry}/{id}/redeliver", { params: { path: { registry, id } } }));
await until(read, (d) => d.status === "succeeded" && d.attempts.length === 2);
const many = must("redeliver many", await api.POST("/v1/deliveries/{registry}/redeliver", { params: { ...at, query: { dry_run: "true" } }, body: { status: "succeeded" } }));
same("how many", 1, many.count);
must("statistics", await api.GET("/v1/stats/{registry}", { params: at }));

same("delete the trigger", 204, (await api.DELETE("/v1/triggers/{registry}/{id}", { params: one })).response.status);
same("delete the registry", 204, (await api.DELETE("/v1/registries/{registry}", { params: at })).response.status);
