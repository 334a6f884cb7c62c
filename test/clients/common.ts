// What the programs beside this file share: where they find the shipbell, and what they
// expect.
import { isDeepStrictEqual } from "node:util";

function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined) {
    throw new Error(`${name} is not set`);
  }
  return value;
}

/** The address of the shipbell, without a slash at its end. */
export const server = setting("TEST_SERVER");
/** An access key of role admin, ID:SECRET. */
export const key = setting("TEST_KEY");
/** The address of a target that answers 200. */
export const target = setting("TEST_TARGET");

/** The registry that a program makes, uses and deletes. */
export const registry = setting("TEST_REGISTRY");

/** An event of a push, as Tencent Container Registry sends it. */
export const pushed = {
  type: "pushImage",
  occur_at: 1589106605,
  event_data: {
    resources: [{ digest: "sha256:89a42c3ba15f09a3fbe39856bddacdf9e94cd03df7403cad4fc105088e268fc9", tag: "v1.10.0", resource_url: "reg.example.com/public/nginx:v1.10.0" }],
    repository: { date_created: 1587119137, name: "nginx", namespace: "public", repo_full_name: "public/nginx", repo_type: "public" },
  },
  operator: "alice",
};

/** Fails unless got is what is wanted. */
export function same<T>(what: string, want: T, got: T): void {
  if (!isDeepStrictEqual(want, got)) {
    throw new Error(`${what}: want ${JSON.stringify(want)}, got ${JSON.stringify(got)}`);
  }
}

/** The data of an answer, which must be a success with a body. */
export function must<T>(what: string, answer: { data?: T; error?: unknown; response?: Response }): Exclude<T, void | undefined> {
  if (answer.error !== undefined || answer.data === undefined) {
    throw new Error(`${what}: ${answer.response?.status} ${JSON.stringify(answer.error)}`);
  }
  return answer.data as Exclude<T, void | undefined>;
}

/** How many milliseconds a wait may take; none should come near it. */
const patience = 60_000;

/** Asks until the answer is what is wanted. */
export async function until<T>(ask: () => Promise<T>, wanted: (answer: T) => boolean): Promise<T> {
  for (const deadline = Date.now() + patience; ; ) {
    const answer = await ask();
    if (wanted(answer)) {
      return answer;
    }
    if (Date.now() > deadline) {
      throw new Error(`in vain: ${JSON.stringify(answer)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
