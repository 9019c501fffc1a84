CREATE TABLE "notice" (
	"notice_id" text PRIMARY KEY NOT NULL,
	"occasion" text NOT NULL,
	"kind" text NOT NULL,
	"urgency" text NOT NULL,
	"subject" text NOT NULL,
	"lines" jsonb NOT NULL,
	"concerned" jsonb NOT NULL,
	"left" jsonb NOT NULL,
	"patch_id" text,
	"category" text,
	"told_at" timestamp(3) with time zone NOT NULL,
	"page_state" text,
	"acknowledged_by" text,
	"acknowledged_at" timestamp(3) with time zone,
	"acknowledgement" text,
	"exhausted_at" timestamp(3) with time zone,
	CONSTRAINT "notice_occasion_unique" UNIQUE("occasion")
);
--> statement-breakpoint
CREATE TABLE "notice_delivery" (
	"delivery_id" text PRIMARY KEY NOT NULL,
	"notice_id" text NOT NULL,
	"recipient" text NOT NULL,
	"way" text NOT NULL,
	"round" integer NOT NULL,
	"reason" text NOT NULL,
	"state" text NOT NULL,
	"digest" text,
	"attempts" integer NOT NULL,
	"next_attempt_at" timestamp(3) with time zone,
	"attempted_at" timestamp(3) with time zone,
	"answer" text,
	"problem" text,
	"told_at" timestamp(3) with time zone NOT NULL,
	"closed_at" timestamp(3) with time zone
);
--> statement-breakpoint
CREATE TABLE "notice_preference" (
	"person" text PRIMARY KEY NOT NULL,
	"content" jsonb NOT NULL,
	"set_at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "notice_problem" (
	"subject" text PRIMARY KEY NOT NULL,
	"problem" text NOT NULL,
	"seen_at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "notice_delivery" ADD CONSTRAINT "notice_delivery_notice_id_notice_notice_id_fk" FOREIGN KEY ("notice_id") REFERENCES "public"."notice"("notice_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "notice_patch_id_index" ON "notice" USING btree ("patch_id");--> statement-breakpoint
CREATE INDEX "notice_page_state_index" ON "notice" USING btree ("page_state");--> statement-breakpoint
CREATE UNIQUE INDEX "one_delivery" ON "notice_delivery" USING btree ("notice_id","recipient","way","round");--> statement-breakpoint
CREATE INDEX "notice_delivery_state_next_attempt_at_index" ON "notice_delivery" USING btree ("state","next_attempt_at");--> statement-breakpoint
CREATE INDEX "notice_delivery_told_at_delivery_id_index" ON "notice_delivery" USING btree ("told_at","delivery_id");--> statement-breakpoint
CREATE INDEX "notice_delivery_recipient" ON "notice_delivery" USING btree (lower("recipient"),"told_at");--> statement-breakpoint
CREATE INDEX "notice_delivery_digest_index" ON "notice_delivery" USING btree ("digest");