<?php
if (!class_exists('ExposureReset_DeskPage', false)) { exit; } // asked for over the web
$n = $v['numbers'];
$marks = array('ok' => '良', 'warn' => '注意', 'bad' => '不可');
?>
<!DOCTYPE html>
<html lang="ja">
<head>
<meta charset="UTF-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<style><?php echo $css; ?></style>
<title>パスワード再設定連携 設定</title>
</head>
<body>
<h1>パスワード再設定連携 設定</h1>
<?php if ($v['alert'] !== '') { ?>
<p class="alert" role="alert"><?php echo ExposureReset_DeskPage::e($v['alert']); ?></p>
<?php } ?>
<?php foreach ($v['notices'] as $kind => $sentences) { ?>
<div class="<?php echo $kind === 'good' ? 'good' : 'bad'; ?>" role="<?php echo $kind === 'good' ? 'status' : 'alert'; ?>">
<?php foreach ($sentences as $sentence) { ?>
<p><?php echo ExposureReset_DeskPage::e($sentence); ?></p>
<?php } ?>
</div>
<?php } ?>
<h2>現在の状況</h2>
<table>
<tr><th scope="row">動作</th><td><?php echo $v['mode'] === 'on' ? '実施' : '監視のみ（だれのパスワードも使えなくせず、ログインも止めません）'; ?></td></tr>
<tr><th scope="row">リストの取得</th><td><?php echo $v['age'] === null ? 'まだありません' : (int) $v['age'] . '秒前'; ?></td></tr>
<tr><th scope="row">変更が必要な会員</th><td><?php echo (int) $n['required']; ?>人</td></tr>
<tr><th scope="row">古いパスワードを使えなくした会員</th><td><?php echo (int) $n['barred']; ?>人</td></tr>
<tr><th scope="row">これから使えなくする会員</th><td><?php echo (int) $n['armed']; ?>人<?php echo $v['mode'] === 'on' ? '' : '（「実施」にした場合）'; ?></td></tr>
<tr><th scope="row">この店に見つからない会員番号</th><td><?php echo (int) $n['strangers']; ?>件</td></tr>
<tr><th scope="row">新しいパスワードを決めたことの未送信</th><td><?php echo (int) $n['untold']; ?>件</td></tr>
</table>
<h2>自己診断</h2>
<?php if ($v['lines'] !== null) { ?>
<table>
<?php foreach ($v['lines'] as $line) { $kind = isset($marks[$line[1]]) ? $line[1] : 'bad'; ?>
<tr><th scope="row" class="mark is-<?php echo $kind; ?>"><?php echo $marks[$kind]; ?></th><td><?php echo ExposureReset_DeskPage::e($line[2]); ?></td></tr>
<?php } ?>
</table>
<?php } ?>
<form method="post" action="<?php echo ExposureReset_DeskPage::e($v['action']); ?>">
<input type="hidden" name="<?php echo ExposureReset_DeskPage::e($v['token'][0]); ?>" value="<?php echo ExposureReset_DeskPage::e($v['token'][1]); ?>">
<p><button type="submit" name="exposure_step" value="test" class="second">リストを取得して診断する</button></p>
</form>
<h2>設定</h2>
<form method="post" action="<?php echo ExposureReset_DeskPage::e($v['action']); ?>" autocomplete="off">
<input type="hidden" name="<?php echo ExposureReset_DeskPage::e($v['token'][0]); ?>" value="<?php echo ExposureReset_DeskPage::e($v['token'][1]); ?>">
<label for="key">APIのキー</label>
<p class="hint" id="hint-key"><?php echo $v['key'] === '' ? 'まだ保存していません。' : '保存済み（' . ExposureReset_DeskPage::e($v['key']) . '）。変えるときだけ入力してください。'; ?></p>
<input type="password" id="key" name="key" value="" autocomplete="off" aria-describedby="hint-key">
<?php foreach (ExposureReset_DeskPage::fields() as $name => $field) { ?>
<label for="<?php echo $name; ?>"><?php echo ExposureReset_DeskPage::e($field[0]); ?></label>
<?php if ($field[1] !== '') { ?>
<p class="hint" id="hint-<?php echo $name; ?>"><?php echo ExposureReset_DeskPage::e($field[1]); ?></p>
<?php } ?>
<input type="text" id="<?php echo $name; ?>" name="<?php echo $name; ?>" value="<?php echo ExposureReset_DeskPage::e($v['values'][$name]); ?>"<?php echo $field[1] === '' ? '' : ' aria-describedby="hint-' . $name . '"'; ?>>
<?php } ?>
<fieldset>
<legend>動作</legend>
<label><input type="radio" name="mode" value="watch"<?php echo $v['values']['mode'] === 'on' ? '' : ' checked'; ?>> 監視のみ：リストを取得するだけで、店には何もしません。</label>
<label><input type="radio" name="mode" value="on"<?php echo $v['values']['mode'] === 'on' ? ' checked' : ''; ?>> 実施：リストの会員の古いパスワードを使えなくし、「パスワードを忘れた方」の手続きを閉じます。</label>
</fieldset>
<p><button type="submit" name="exposure_step" value="save">保存する</button></p>
</form>
<p class="hint">ExposureReset <?php echo ExposureReset_DeskPage::e($v['version']); ?></p>
</body>
</html>
