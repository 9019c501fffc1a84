CREATE TABLE "attachment" (
	"patch_id" text NOT NULL,
	"sha256" text NOT NULL,
	"name" text NOT NULL,
	"added_by" text NOT NULL,
	"added_at" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "attachment_patch_id_sha256_pk" PRIMARY KEY("patch_id","sha256")
);
--> statement-breakpoint
CREATE TABLE "attachment_content" (
	"sha256" text PRIMARY KEY NOT NULL,
	"size" bigint NOT NULL,
	"bytes" "bytea" NOT NULL
);
--> statement-breakpoint
CREATE TABLE "done_by_hand" (
	"patch_id" text NOT NULL,
	"vm_id" text NOT NULL,
	"evidence" text NOT NULL,
	"by" text NOT NULL,
	"at" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "done_by_hand_patch_id_vm_id_pk" PRIMARY KEY("patch_id","vm_id")
);
--> statement-breakpoint
CREATE TABLE "manual_patch" (
	"patch_id" text PRIMARY KEY NOT NULL,
	"vendor" text NOT NULL,
	"instructions" text NOT NULL,
	"entered_by" text NOT NULL,
	"entered_at" timestamp(3) with time zone NOT NULL,
	"changed_by" text NOT NULL,
	"changed_at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "guest_definition" (
	"vm_id" text PRIMARY KEY NOT NULL,
	"version" text NOT NULL,
	"updated_at" timestamp(3) with time zone,
	"seen_at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "known_issue" (
	"issue_id" text PRIMARY KEY NOT NULL,
	"patch_id" text NOT NULL,
	"source" text NOT NULL,
	"text" text NOT NULL,
	"url" text,
	"effect" text NOT NULL,
	"opened_by" text NOT NULL,
	"opened_at" timestamp(3) with time zone NOT NULL,
	"closed_by" text,
	"closed_at" timestamp(3) with time zone,
	"outcome" text,
	"told_at" timestamp(3) with time zone,
	"end_told_at" timestamp(3) with time zone,
	CONSTRAINT "closed_issue_has_outcome" CHECK (closed_at is null or (closed_by is not null and outcome is not null))
);
--> statement-breakpoint
CREATE TABLE "known_issue_acceptance" (
	"issue_id" text NOT NULL,
	"category" text NOT NULL,
	"by" text NOT NULL,
	"opened_by" text NOT NULL,
	"reason" text NOT NULL,
	"at" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "known_issue_acceptance_issue_id_category_pk" PRIMARY KEY("issue_id","category"),
	CONSTRAINT "accepted_by_another" CHECK (by <> opened_by)
);
--> statement-breakpoint
CREATE TABLE "patch_need" (
	"patch_id" text PRIMARY KEY NOT NULL,
	"first_needed_at" timestamp(3) with time zone NOT NULL,
	"last_needed_at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "unknown_need" (
	"name" text PRIMARY KEY NOT NULL,
	"title" text NOT NULL,
	"vm_ids" jsonb NOT NULL,
	"first_seen_at" timestamp(3) with time zone NOT NULL,
	"last_seen_at" timestamp(3) with time zone NOT NULL,
	"gone_at" timestamp(3) with time zone,
	"told_at" timestamp(3) with time zone
);
--> statement-breakpoint
CREATE TABLE "patch_revision" (
	"seq" bigserial PRIMARY KEY NOT NULL,
	"patch_id" text NOT NULL,
	"at" timestamp(3) with time zone NOT NULL,
	"weight" text NOT NULL,
	"changes" jsonb NOT NULL,
	"lost_cves" jsonb NOT NULL,
	"document" text NOT NULL,
	"revision" text NOT NULL,
	"told_at" timestamp(3) with time zone
);
--> statement-breakpoint
CREATE TABLE "succession" (
	"patch_id" text PRIMARY KEY NOT NULL,
	"successor" text,
	"since" timestamp(3) with time zone NOT NULL,
	"kept_against" text,
	"kept_by" text,
	"kept_reason" text,
	"kept_at" timestamp(3) with time zone,
	"told_at" timestamp(3) with time zone,
	CONSTRAINT "kept_by_somebody" CHECK (kept_against is null or (kept_by is not null and kept_reason is not null))
);
--> statement-breakpoint
ALTER TABLE "attachment" ADD CONSTRAINT "attachment_patch_id_manual_patch_patch_id_fk" FOREIGN KEY ("patch_id") REFERENCES "public"."manual_patch"("patch_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "attachment" ADD CONSTRAINT "attachment_sha256_attachment_content_sha256_fk" FOREIGN KEY ("sha256") REFERENCES "public"."attachment_content"("sha256") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "known_issue_acceptance" ADD CONSTRAINT "known_issue_acceptance_issue_id_known_issue_issue_id_fk" FOREIGN KEY ("issue_id") REFERENCES "public"."known_issue"("issue_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "done_by_hand_vm_id_index" ON "done_by_hand" USING btree ("vm_id");--> statement-breakpoint
CREATE INDEX "known_issue_patch_id_index" ON "known_issue" USING btree ("patch_id");--> statement-breakpoint
CREATE UNIQUE INDEX "one_open_issue_of_the_vendor" ON "known_issue" USING btree ("patch_id") WHERE source = 'vendor' and closed_at is null;--> statement-breakpoint
CREATE INDEX "patch_revision_patch_id_at_index" ON "patch_revision" USING btree ("patch_id","at");