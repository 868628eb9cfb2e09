"""What keeps a store right for years: copies, proofs, days made anew, exact times given up."""
