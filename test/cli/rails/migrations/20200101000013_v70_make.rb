class V70Make < ActiveRecord::Migration[7.0]
  def change
    create_table :v70_teams do |t|
      t.string :name, null: false, limit: 80
      t.text :about
      t.integer :size, default: 0, limit: 2
      t.bigint :total, default: 1, null: false
      t.decimal :price, precision: 10, scale: 2, default: 0.5
      t.float :rate
      t.boolean :open, default: false, null: false
      t.datetime :seen_at
      t.timestamp :left_at
      t.time :opens
      t.date :founded, default: "2020-01-31"
      t.binary :logo
      t.json :rights
      t.jsonb :settings, null: false, default: {}
      t.string :tags, array: true, default: []
      t.string :words, array: true, default: ["a", "b c"]
      t.uuid :token, default: "gen_random_uuid()"
      t.inet :address
      t.string :email, index: { unique: true }
      t.string :code, default: "it's", collation: "C"
      t.timestamps
    end
    create_table(:v70_users, id: :uuid) { |t| t.timestamps null: false }
    create_table :v70_plain, id: false do |t|
      t.integer :a, null: false
      t.column :b, "numeric(12, 3)"
      t.index [:a, :b], unique: true, name: "v70_plain_ab"
    end
    create_table :v70_ints, id: :integer
    create_table :v70_bigs, id: :bigint
    create_table :v70_named, primary_key: :code, id: :string
    create_table :v70_people do |t|
      t.references :v70_team
      t.references :owner, polymorphic: true, null: false
      t.belongs_to :boss, foreign_key: { to_table: :v70_people, on_delete: :cascade }, index: true
    end
    create_join_table :v70_teams, :v70_people
    add_column :v70_people, :born_at, :datetime
    add_column :v70_people, :rank, :integer, null: false, default: 3
    add_column :v70_people, :salary, :decimal, precision: 12, scale: 3
    add_reference :v70_people, :friend
    add_reference :v70_people, :v70_plain, index: false, type: :bigint
    add_reference :v70_people, :item, polymorphic: true, index: true
    add_timestamps :v70_people, null: true
    add_index :v70_people, :rank
    add_index :v70_people, [:rank, :born_at], order: { born_at: :desc }, unique: true, where: "rank > 1"
    add_index :v70_people, "abs(rank), owner_id", name: "v70_expression"
    add_index :v70_teams, :settings, using: :gin, opclass: :jsonb_path_ops, name: "v70_gin"
    add_foreign_key :v70_people, :v70_teams
    add_foreign_key :v70_people, :v70_people, column: :friend_id, on_delete: :nullify, validate: false
    change_column_null :v70_people, :salary, false
    change_column_null :v70_people, :born_at, false, "2020-01-01 00:00:00"
    change_column_default :v70_people, :rank, from: 3, to: nil
    change_column_default :v70_people, :salary, 5.5
    rename_column :v70_people, :salary, :wage
  end
end
