ALTER TABLE "manifest" ALTER COLUMN "kb" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "guest_inventory" ADD COLUMN "linux" jsonb;--> statement-breakpoint
ALTER TABLE "manifest" ADD COLUMN "packages" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "manifest" ADD COLUMN "arrived" jsonb;