CREATE TABLE "change_delivery" (
	"delivery_id" text PRIMARY KEY NOT NULL,
	"change_id" text NOT NULL,
	"target" text NOT NULL,
	"version" integer NOT NULL,
	"state" text NOT NULL,
	"attempts" integer NOT NULL,
	"next_attempt_at" timestamp(3) with time zone NOT NULL,
	"claimed_at" timestamp(3) with time zone,
	"detail" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "change_record" (
	"change_id" text PRIMARY KEY NOT NULL,
	"patch_id" text NOT NULL,
	"category" text NOT NULL,
	"state" text NOT NULL,
	"content" jsonb NOT NULL,
	"version" integer NOT NULL,
	"opened_at" timestamp(3) with time zone NOT NULL,
	"updated_at" timestamp(3) with time zone NOT NULL,
	"closed_at" timestamp(3) with time zone,
	"external" jsonb NOT NULL
);
--> statement-breakpoint
ALTER TABLE "change_delivery" ADD CONSTRAINT "change_delivery_change_id_change_record_change_id_fk" FOREIGN KEY ("change_id") REFERENCES "public"."change_record"("change_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "one_delivery_of_a_version" ON "change_delivery" USING btree ("change_id","target","version");--> statement-breakpoint
CREATE INDEX "change_record_patch_id_category_index" ON "change_record" USING btree ("patch_id","category");--> statement-breakpoint
CREATE INDEX "change_record_opened_at_change_id_index" ON "change_record" USING btree ("opened_at","change_id");