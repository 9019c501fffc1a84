ALTER TABLE "software" ADD COLUMN "built_of" text;--> statement-breakpoint
ALTER TABLE "software" ADD COLUMN "built_version" text;--> statement-breakpoint
ALTER TABLE "software" ADD COLUMN "module" text;