// Segment's Node client, unmodified: one message of each type.
import { Analytics } from "@segment/analytics-node";

const [host, writeKey] = process.argv.slice(2);
const analytics = new Analytics({ writeKey, host, flushAt: 3 });
const failed = [];
analytics.on("error", (error) => failed.push(String(error.reason ?? error.code)));
const context = { campaign: { name: "autumn", source: "google" } };

analytics.identify({ userId: "ana", traits: { email: "ana@example.com", employees: 120 } });
analytics.track({ userId: "ana", event: "Trial Started", properties: { plan: "team" }, context });
analytics.page({ userId: "ana", name: "Pricing", properties: { path: "/pricing" } });
analytics.screen({ userId: "ana", name: "Home" });
analytics.group({ userId: "ana", groupId: "acme", traits: { name: "Acme" } });
analytics.alias({ userId: "ana", previousId: "visitor-1" });
analytics.track({ anonymousId: "visitor-2", event: "Naïve – ünïcode 🎈", timestamp: new Date("2014-02-03T04:05:06.789Z") });
await analytics.closeAndFlush({ timeout: 10_000 });
console.log(JSON.stringify({ failed }));
