CREATE TABLE "guest_inventory" (
	"vm_id" text PRIMARY KEY NOT NULL,
	"collected_at" timestamp(3) with time zone,
	"administrators" jsonb NOT NULL,
	"problem" text,
	"tried_at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "software" (
	"vm_id" text NOT NULL,
	"name" text NOT NULL,
	"version" text NOT NULL,
	"source" text NOT NULL,
	"first_seen_at" timestamp(3) with time zone NOT NULL,
	"last_seen_at" timestamp(3) with time zone NOT NULL,
	"gone_at" timestamp(3) with time zone,
	CONSTRAINT "software_vm_id_name_version_source_pk" PRIMARY KEY("vm_id","name","version","source")
);
--> statement-breakpoint
CREATE TABLE "vm_fact" (
	"vm_id" text NOT NULL,
	"name" text NOT NULL,
	"value" text NOT NULL,
	"by" text NOT NULL,
	"reason" text NOT NULL,
	"at" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "vm_fact_vm_id_name_pk" PRIMARY KEY("vm_id","name")
);
--> statement-breakpoint
ALTER TABLE "vm" ADD COLUMN "image" text;--> statement-breakpoint
ALTER TABLE "vm" ADD COLUMN "first_seen_at" timestamp(3) with time zone;--> statement-breakpoint
UPDATE "vm" SET first_seen_at = seen_at;--> statement-breakpoint
ALTER TABLE "vm" ALTER COLUMN "first_seen_at" SET NOT NULL;--> statement-breakpoint
CREATE INDEX "software_name_version_index" ON "software" USING btree ("name","version");