CREATE TABLE "incident" (
	"incident_id" text PRIMARY KEY NOT NULL,
	"patch_id" text,
	"vm_id" text,
	"provider" text NOT NULL,
	"number" text NOT NULL,
	"title" text NOT NULL,
	"opened_at" timestamp(3) with time zone NOT NULL,
	"opened_by" text NOT NULL,
	"closed_at" timestamp(3) with time zone,
	"closed_by" text,
	"outcome" text,
	"fix" text,
	"notes" jsonb NOT NULL,
	"links" jsonb NOT NULL,
	CONSTRAINT "closed_has_outcome" CHECK ((closed_at is null) = (outcome is null))
);
--> statement-breakpoint
DROP INDEX "installation_vm_id_at_index";--> statement-breakpoint
DROP INDEX "installation_patch_id_index";--> statement-breakpoint
ALTER TABLE "installation" ADD COLUMN "source" text NOT NULL DEFAULT 'patchline';--> statement-breakpoint
ALTER TABLE "installation" ALTER COLUMN "source" DROP DEFAULT;--> statement-breakpoint
ALTER TABLE "installation" ADD COLUMN "environment" text;--> statement-breakpoint
ALTER TABLE "installation" ADD COLUMN "category" text;--> statement-breakpoint
UPDATE "installation" i SET environment = r.environment, category = r.category
FROM "session" s JOIN "run" r ON r.run_key = s.run_key WHERE s.session_id = i.session_id;--> statement-breakpoint
UPDATE "installation" SET environment = 'production' WHERE environment IS NULL;--> statement-breakpoint
ALTER TABLE "installation" ALTER COLUMN "environment" SET NOT NULL;--> statement-breakpoint
CREATE UNIQUE INDEX "one_incident_per_number" ON "incident" USING btree ("provider","number");--> statement-breakpoint
CREATE INDEX "incident_patch_id_index" ON "incident" USING btree ("patch_id");--> statement-breakpoint
CREATE INDEX "incident_vm_id_index" ON "incident" USING btree ("vm_id");--> statement-breakpoint
CREATE INDEX "installation_of_vm" ON "installation" USING btree ("vm_id","at","session_id","patch_id");--> statement-breakpoint
CREATE INDEX "installation_of_patch" ON "installation" USING btree ("patch_id","environment","category","state","at");