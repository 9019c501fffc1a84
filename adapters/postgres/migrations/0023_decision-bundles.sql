CREATE TABLE "decision_bundle" (
	"bundle_id" text PRIMARY KEY NOT NULL,
	"category" text NOT NULL,
	"verdict" text NOT NULL,
	"justification" text NOT NULL,
	"defer_until" text,
	"entries" jsonb NOT NULL,
	"by" text NOT NULL,
	"at" timestamp(3) with time zone NOT NULL,
	"order_digest" text NOT NULL,
	"digest" text NOT NULL,
	"signature" text NOT NULL
);
--> statement-breakpoint
ALTER TABLE "decision" ADD COLUMN "bundle" jsonb;--> statement-breakpoint
CREATE INDEX "decision_bundle_category_at_index" ON "decision_bundle" USING btree ("category","at");