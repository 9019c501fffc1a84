CREATE TABLE "arrival" (
	"seq" bigserial NOT NULL,
	"run_key" text NOT NULL,
	"patch_id" text NOT NULL,
	"category" text NOT NULL,
	"digest" text NOT NULL,
	"vm_id" text NOT NULL,
	"vm_name" text NOT NULL,
	"joins" boolean NOT NULL,
	"reasons" jsonb NOT NULL,
	"at" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "arrival_run_key_patch_id_vm_id_pk" PRIMARY KEY("run_key","patch_id","vm_id")
);
--> statement-breakpoint
ALTER TABLE "vm" ADD COLUMN "placed_at" timestamp(3) with time zone;--> statement-breakpoint
CREATE INDEX "arrival_digest_index" ON "arrival" USING btree ("digest");--> statement-breakpoint
CREATE INDEX "arrival_patch_id_index" ON "arrival" USING btree ("patch_id");