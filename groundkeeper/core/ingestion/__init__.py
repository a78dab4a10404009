"""From what readers found to the canonical tables: ids, refused rows, repeated answers settled by one rule."""
