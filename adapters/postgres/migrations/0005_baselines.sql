CREATE TABLE "baseline" (
	"name" text NOT NULL,
	"version" integer NOT NULL,
	"category" text,
	"content" jsonb NOT NULL,
	"status" text NOT NULL,
	"author" text NOT NULL,
	"reason" text NOT NULL,
	"at" timestamp(3) with time zone NOT NULL,
	"approved_by" text,
	CONSTRAINT "baseline_name_version_pk" PRIMARY KEY("name","version"),
	CONSTRAINT "approved_by_another" CHECK (status <> 'approved' or (approved_by is not null and approved_by <> author))
);
--> statement-breakpoint
CREATE TABLE "compliance" (
	"vm_id" text PRIMARY KEY NOT NULL,
	"baseline" text NOT NULL,
	"version" integer NOT NULL,
	"items" jsonb NOT NULL,
	"at" timestamp(3) with time zone NOT NULL,
	"items_before" jsonb,
	"before" timestamp(3) with time zone
);
--> statement-breakpoint
CREATE UNIQUE INDEX "one_approved_version" ON "baseline" USING btree ("name") WHERE status = 'approved';