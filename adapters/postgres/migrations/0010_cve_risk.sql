CREATE TABLE "cve_risk" (
	"cve" text PRIMARY KEY NOT NULL,
	"kev" jsonb,
	"epss" jsonb,
	"ssvc" jsonb,
	"cvss" jsonb,
	"seen_at" timestamp(3) with time zone NOT NULL
);
