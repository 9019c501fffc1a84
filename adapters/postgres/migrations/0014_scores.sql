CREATE TABLE "cve_score" (
	"cve" text NOT NULL,
	"source" text NOT NULL,
	"fact" jsonb NOT NULL,
	CONSTRAINT "cve_score_cve_source_pk" PRIMARY KEY("cve","source")
);
--> statement-breakpoint
INSERT INTO "cve_score" ("cve", "source", "fact") SELECT "cve", 'vulnrichment', "cvss" FROM "cve_risk" WHERE "cvss" IS NOT NULL;
