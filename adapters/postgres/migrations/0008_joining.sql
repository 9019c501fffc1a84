ALTER TABLE "vm" ADD COLUMN "joined_at" timestamp(3) with time zone;--> statement-breakpoint
-- Machines that were there before joining was recorded are in their rings.
UPDATE "vm" SET "joined_at" = "first_seen_at";
