class V50Change < ActiveRecord::Migration[5.0]
  disable_ddl_transaction!

  def up
    change_column :v50_people, :wage, :string, limit: 40, default: "none", null: true
    change_column :v50_people, :rank, :bigint, using: "rank::bigint"
    change_column :v50_people, :born_at, :datetime
    change_table :v50_people do |t|
      t.string :nick, :other
      t.remove :wage
      t.rename :nick, :handle
      t.index :handle
      t.change :handle, :text
      t.change_default :handle, "x"
      t.references :place
    end
    change_table :v50_people, bulk: true do |t|
      t.string :one, null: false, default: ""
      t.integer :two
      t.remove :other
      t.index :two
    end
    remove_index :v50_people, :rank
    remove_index :v50_people, name: "v50_expression"
    remove_column :v50_people, :one, :string, default: ""
    remove_columns :v50_people, :two, :handle
    remove_foreign_key :v50_people, :v50_teams
    remove_foreign_key :v50_people, column: :friend_id
    remove_reference :v50_people, :place
    remove_timestamps :v50_people
    rename_index :v50_plain, "v50_plain_ab", "v50_plain_ba"
    execute "UPDATE v50_people SET rank = 1"
    drop_table :v50_bigs
    create_table(:v50_short, id: false) { |t| t.integer :a }
    rename_table :v50_short, :v50_long
    create_table :v50_long, force: :cascade
    drop_join_table :v50_teams, :v50_people
    drop_table :v50_gone, if_exists: true, force: :cascade
    add_index :v50_people, :boss_id, algorithm: :concurrently, name: "v50_boss"
    remove_index :v50_people, name: "v50_boss", algorithm: :concurrently
    enable_extension "plpgsql"
    true
  end
end
