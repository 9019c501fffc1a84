CREATE TABLE "impact_edit" (
	"edit_id" text PRIMARY KEY NOT NULL,
	"patch_id" text NOT NULL,
	"category" text NOT NULL,
	"vm_id" text,
	"vm_name" text,
	"downtime_minutes" double precision,
	"note" text,
	"reason" text NOT NULL,
	"by" text NOT NULL,
	"at" timestamp(3) with time zone NOT NULL,
	"told_at" timestamp(3) with time zone,
	CONSTRAINT "impact_edit_says_something" CHECK (downtime_minutes is not null or note is not null)
);
--> statement-breakpoint
CREATE TABLE "impact_record" (
	"patch_id" text NOT NULL,
	"category" text NOT NULL,
	"record" jsonb NOT NULL,
	"at" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "impact_record_patch_id_category_pk" PRIMARY KEY("patch_id","category")
);
--> statement-breakpoint
CREATE INDEX "impact_edit_patch_id_category_index" ON "impact_edit" USING btree ("patch_id","category");--> statement-breakpoint
CREATE INDEX "untold_impact_edits" ON "impact_edit" USING btree ("at") WHERE told_at is null;--> statement-breakpoint
CREATE INDEX "session_by_end" ON "session" USING btree ("ended_at");