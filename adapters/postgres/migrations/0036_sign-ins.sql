CREATE TABLE "service_token" (
	"token_id" text PRIMARY KEY NOT NULL,
	"hash" text NOT NULL,
	"name" text NOT NULL,
	"scope" jsonb NOT NULL,
	"created_by" text NOT NULL,
	"created_at" timestamp(3) with time zone NOT NULL,
	"expires_at" timestamp(3) with time zone NOT NULL,
	"revoked_at" timestamp(3) with time zone,
	"last_used_at" timestamp(3) with time zone,
	CONSTRAINT "service_token_hash_unique" UNIQUE("hash")
);
--> statement-breakpoint
CREATE TABLE "account" (
	"account_id" text PRIMARY KEY NOT NULL,
	"issuer" text NOT NULL,
	"subject" text NOT NULL,
	"name" text NOT NULL,
	"mail" text NOT NULL,
	"claims" jsonb NOT NULL,
	"claims_at" timestamp(3) with time zone NOT NULL,
	"first_seen_at" timestamp(3) with time zone NOT NULL,
	"not_before" timestamp(3) with time zone
);
--> statement-breakpoint
CREATE TABLE "sign_in_attempt" (
	"hash" text PRIMARY KEY NOT NULL,
	"state" text NOT NULL,
	"nonce" text NOT NULL,
	"verifier" text NOT NULL,
	"return_to" text NOT NULL,
	"expires_at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "sign_in_session" (
	"session_id" text PRIMARY KEY NOT NULL,
	"hash" text NOT NULL,
	"account_id" text NOT NULL,
	"started_at" timestamp(3) with time zone NOT NULL,
	"last_seen_at" timestamp(3) with time zone NOT NULL,
	"ended_at" timestamp(3) with time zone,
	"browser" text NOT NULL,
	"address" text NOT NULL,
	CONSTRAINT "sign_in_session_hash_unique" UNIQUE("hash")
);
--> statement-breakpoint
ALTER TABLE "sign_in_session" ADD CONSTRAINT "sign_in_session_account_id_account_account_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."account"("account_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "one_service_token_of_a_name" ON "service_token" USING btree ("name") WHERE revoked_at is null;--> statement-breakpoint
CREATE UNIQUE INDEX "account_subject" ON "account" USING btree ("issuer","subject");--> statement-breakpoint
CREATE UNIQUE INDEX "account_name" ON "account" USING btree (lower("name"));--> statement-breakpoint
CREATE INDEX "sign_in_attempt_expires_at_index" ON "sign_in_attempt" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "sign_in_session_account_id_started_at_index" ON "sign_in_session" USING btree ("account_id","started_at");