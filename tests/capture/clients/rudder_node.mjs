// RudderStack's Node client, unmodified: one message of each type, gzipped as it comes.
import Analytics from "@rudderstack/rudder-sdk-node";

const [host, writeKey] = process.argv.slice(2);
const analytics = new Analytics(writeKey, { dataPlaneUrl: host, flushAt: 20, logLevel: "error" });

analytics.identify({ userId: "ana", traits: { email: "ana@example.com", employees: 120 } });
analytics.track({ userId: "ana", event: "Trial Started", properties: { plan: "team" } });
analytics.page({ userId: "ana", name: "Pricing", properties: { path: "/pricing" } });
analytics.screen({ userId: "ana", name: "Home" });
analytics.group({ userId: "ana", groupId: "acme", traits: { name: "Acme" } });
analytics.alias({ userId: "ana", previousId: "visitor-1" });
analytics.track({ userId: 4711, event: "Number as id" });
const result = await analytics.flush();
console.log(JSON.stringify({ sent: result?.data?.batch?.length ?? null }));
process.exit(0);
