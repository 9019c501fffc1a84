-- Patches that were read before packages, classification and the vendor's page were kept.
UPDATE "patch" SET "content" = '{"packages": [], "classification": "security", "url": null}'::jsonb || "content";
