CREATE TABLE "calendar_subscription" (
	"subscription_id" text PRIMARY KEY NOT NULL,
	"token_hash" text NOT NULL,
	"category" text NOT NULL,
	"person" text NOT NULL,
	"created_at" timestamp(3) with time zone NOT NULL,
	"revoked_at" timestamp(3) with time zone,
	CONSTRAINT "calendar_subscription_tokenHash_unique" UNIQUE("token_hash")
);
--> statement-breakpoint
CREATE TABLE "channel" (
	"name" text PRIMARY KEY NOT NULL,
	"tried_at" timestamp(3) with time zone,
	"succeeded_at" timestamp(3) with time zone,
	"changed_at" timestamp(3) with time zone,
	"problem" text,
	"failing_since" timestamp(3) with time zone,
	"skipped" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "channel_document" (
	"channel" text NOT NULL,
	"id" text NOT NULL,
	"title" text NOT NULL,
	"changed_at" text,
	"read_changed_at" text,
	"etag" text,
	"last_modified" text,
	"weight" integer NOT NULL,
	"patches" integer NOT NULL,
	"skipped" jsonb NOT NULL,
	"read_at" timestamp(3) with time zone,
	"shrunk_since" timestamp(3) with time zone,
	"pending" boolean NOT NULL,
	"problem" text,
	CONSTRAINT "channel_document_channel_id_pk" PRIMARY KEY("channel","id")
);
--> statement-breakpoint
CREATE TABLE "patch_part" (
	"patch_id" text NOT NULL,
	"channel" text NOT NULL,
	"document" text NOT NULL,
	"content" jsonb NOT NULL,
	"content_hash" text NOT NULL,
	CONSTRAINT "patch_part_patch_id_channel_document_pk" PRIMARY KEY("patch_id","channel","document")
);
--> statement-breakpoint
CREATE INDEX "calendar_subscription_person_index" ON "calendar_subscription" USING btree ("person");--> statement-breakpoint
CREATE INDEX "channel_document_channel_pending_index" ON "channel_document" USING btree ("channel","pending");--> statement-breakpoint
INSERT INTO "patch_part" ("patch_id", "channel", "document", "content", "content_hash")
SELECT "patch_id", "content" -> 'source' ->> 'channel', "content" -> 'source' ->> 'document', "content", "content_hash" FROM "patch";
